//! The feed and webhooks.

use std::net::TcpListener;

use actix_web::http::Method;
use tradein::http::schema::{
    Claim, DeliveryPage, EventPage, EventType, ReplayRequest, State, Webhook, WebhookPage,
    WebhookRequest, WebhookState, WebhookTest, WebhookWithSecret,
};

use crate::bureau::{Bureau, read};

/// The whole feed; there always is a cursor to read on with.
fn feed(bureau: &Bureau, query: &str) -> EventPage {
    read(&bureau.get(&bureau.dealer, &format!("/v1/events?limit=100{query}")))
}

#[test]
fn tests_of_endpoints_are_limited_for_each_dealer() {
    let bureau = Bureau::new();
    // Whether there is such an endpoint does not matter: it is counted before anybody looks.
    let path = "/v1/webhooks/0199a7b0-cccc-7222-8333-444455556666/test";
    for _ in 0..5 {
        assert_eq!(bureau.post(&bureau.dealer, path).code(), "no_such_object");
    }
    let refused = bureau.post(&bureau.dealer, path);
    assert_eq!(
        (refused.status, refused.code().as_str()),
        (429, "too_many_requests")
    );
    let after: u32 = refused.header("retry-after").parse().unwrap();
    assert!((1..=20).contains(&after), "{after}");
    // Another dealer has its own.
    let other = bureau.person(&bureau.desk.world.another_dealer());
    assert_eq!(bureau.post(&other, path).code(), "no_such_object");
}

#[test]
fn events_have_the_published_shape_all_through_a_claims_life() {
    let bureau = Bureau::new();
    let id = bureau.approved();
    let withdrawn = bureau.file(&bureau.body());
    let _: Claim = read(&bureau.act(&bureau.dealer, &withdrawn, "withdraw"));
    let page = feed(&bureau, "");
    let told: Vec<EventType> = page
        .items
        .iter()
        .filter(|event| event.claim_id == id)
        .map(|event| event.r#type)
        .collect();
    assert_eq!(told.first(), Some(&EventType::Reserved));
    assert_eq!(told.last(), Some(&EventType::Approved));
    let last = page.items.last().unwrap();
    assert_eq!(
        (last.r#type, last.state, last.data.entry.as_str()),
        (EventType::Withdrawn, Some(State::Withdrawn), "withdrawn")
    );
    let later = feed(&bureau, &format!("&cursor={}", page.next_cursor));
    assert!(later.items.is_empty());
    let narrow = feed(&bureau, "&type=claim.approved");
    assert_eq!(narrow.items.len(), 1);
    let all: EventPage = read(&bureau.get(&bureau.auditor, "/v1/events?limit=100"));
    assert_eq!(all.items.len(), page.items.len());
    let unknown = bureau.get(&bureau.dealer, "/v1/events?type=claim.lost");
    assert_eq!(unknown.code(), "query_malformed");
}

#[test]
fn a_webhook_has_the_published_shape_until_it_is_deleted() {
    let bureau = Bureau::new();
    // Nobody listens on a port that was just given back.
    let listener = TcpListener::bind("127.0.0.1:0").unwrap();
    let url = format!("http://{}/hooks", listener.local_addr().unwrap());
    drop(listener);
    let wanted = WebhookRequest {
        url: url.clone(),
        types: vec![EventType::Paid],
    };
    let answer = bureau.post_json(&bureau.dealer, "/v1/webhooks", &wanted);
    let created: WebhookWithSecret = read(&answer);
    let path = format!("/v1/webhooks/{}", created.id);
    assert_eq!((answer.status, answer.header("location")), (201, &*path));
    assert!(created.secret.starts_with("whsec_"));
    let seen: Webhook = read(&bureau.get(&bureau.dealer, &path));
    assert_eq!(
        (seen.url, seen.types, seen.state),
        (url, wanted.types, WebhookState::Active)
    );
    let listed: WebhookPage = read(&bureau.get(&bureau.dealer, "/v1/webhooks"));
    assert_eq!((listed.items.len(), listed.next_cursor), (1, None));

    let act = |verb: &str| bureau.post(&bureau.dealer, &format!("{path}/{verb}"));
    let rotated: WebhookWithSecret = read(&act("rotate-secret"));
    assert!(rotated.old_secret_until.is_some() && rotated.secret != created.secret);
    let test: WebhookTest = read(&act("test"));
    assert_eq!(
        (&*test.outcome, test.status, test.failure.as_deref()),
        ("failed", None, Some("webhook_connect"))
    );
    let _: Webhook = read(&act("enable"));
    let since = ReplayRequest {
        since: "2025-01-01T00:00:00Z".to_owned(),
    };
    let _: Webhook = read(&bureau.post_json(&bureau.dealer, &format!("{path}/replay"), &since));
    let made: DeliveryPage = read(&bureau.get(&bureau.dealer, &format!("{path}/deliveries")));
    assert!(made.items.is_empty(), "nothing was paid");

    let gone = bureau.send(&bureau.dealer, Method::DELETE, &path, "", "", b"");
    assert_eq!((gone.status, gone.body.len()), (204, 0));
    assert_eq!(bureau.get(&bureau.dealer, &path).code(), "no_such_object");
    let nowhere = WebhookRequest {
        url: "ftp://till.example.com/".to_owned(),
        types: Vec::new(),
    };
    let refused = bureau.post_json(&bureau.dealer, "/v1/webhooks", &nowhere);
    assert_eq!(refused.code(), "webhook_url_refused");
    assert_eq!(refused.json()["at"], "webhook_url_scheme");
}
