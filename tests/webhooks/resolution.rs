//! Names that lead to the network of the sender: no connection is made there.

use std::time::Duration;

use tradein::webhooks::sender::{Delivery, Failure, Sender};
use tradein::webhooks::target::Policy;

use crate::receiver::{OK, PUBLIC_HTTP, Receiver, SANDBOX, Table, send, sender};
use crate::tls::Authority;

/// A global unicast address from a block that IANA has given to nobody: the policy admits it,
/// and nothing is there.
const NOBODY: &str = "2e00::1";

const ACCEPTED: Delivery = Delivery::Accepted { status: 200 };

fn failed(why: Failure) -> Delivery {
    Delivery::Failed { why }
}

fn by_name(receiver: &Receiver) -> String {
    format!("http://hooks.example:{}/", receiver.port)
}

#[tokio::test]
async fn a_name_with_a_private_address_is_not_connected() {
    let receiver = Receiver::answering(OK);
    for answer in [
        &["127.0.0.1"] as &[&str],
        &["::ffff:127.0.0.1"],
        &["::1", "127.0.0.1"],
        &["0.0.0.0"],
        &["127.0.0.1", "10.0.0.1", "169.254.169.254"],
    ] {
        let table = Table::new(&[answer]);
        let strict = sender(PUBLIC_HTTP).with_resolver(table.clone());
        let delivery = send(&strict, &by_name(&receiver)).await;
        assert_eq!(delivery, failed(Failure::PrivateAddress), "{answer:?}");
        assert_eq!(table.asked(), 1);
    }
    assert_eq!(receiver.connections(), 0);
    // The same way leads there when it is allowed, so a breach would have been seen.
    let lenient = sender(SANDBOX).with_resolver(Table::new(&[&["127.0.0.1"]]));
    assert_eq!(send(&lenient, &by_name(&receiver)).await, ACCEPTED);
    assert_eq!(receiver.connections(), 1);
    assert_eq!(
        receiver.requests()[0].headers["host"],
        format!("hooks.example:{}", receiver.port)
    );
}

#[tokio::test]
async fn a_name_that_turns_private_is_not_connected() {
    let receiver = Receiver::answering(OK);
    let turning = || Table::new(&[&[NOBODY], &["127.0.0.1"]]);
    let limit = Duration::from_millis(600);

    let table = turning();
    let strict = sender(PUBLIC_HTTP)
        .with_time_limit(limit)
        .with_resolver(table.clone());
    let first = send(&strict, &by_name(&receiver)).await;
    assert_eq!(first, failed(Failure::Connect));
    // One delivery asks once, so the second answer is the next delivery's.
    assert_eq!(table.asked(), 1);
    let second = send(&strict, &by_name(&receiver)).await;
    assert_eq!(second, failed(Failure::PrivateAddress));
    assert_eq!(table.asked(), 2);
    assert_eq!(receiver.connections(), 0);

    let lenient = sender(SANDBOX)
        .with_time_limit(limit)
        .with_resolver(turning());
    let first = send(&lenient, &by_name(&receiver)).await;
    assert_eq!(first, failed(Failure::Connect));
    assert_eq!(send(&lenient, &by_name(&receiver)).await, ACCEPTED);
    assert_eq!(receiver.connections(), 1);
}

#[tokio::test]
async fn of_a_mixed_answer_only_public_addresses_are_connected() {
    let receiver = Receiver::answering(OK);
    let limit = Duration::from_millis(600);
    for answer in [
        &["127.0.0.1", NOBODY] as &[&str],
        &[NOBODY, "127.0.0.1"],
        &["::1", NOBODY, "127.0.0.1"],
    ] {
        let strict = sender(PUBLIC_HTTP)
            .with_time_limit(limit)
            .with_resolver(Table::new(&[answer]));
        let delivery = send(&strict, &by_name(&receiver)).await;
        assert_eq!(delivery, failed(Failure::Connect), "{answer:?}");
    }
    assert_eq!(receiver.connections(), 0);
    let lenient = sender(SANDBOX)
        .with_time_limit(limit)
        .with_resolver(Table::new(&[&[NOBODY, "127.0.0.1"]]));
    assert_eq!(send(&lenient, &by_name(&receiver)).await, ACCEPTED);
    assert_eq!(receiver.connections(), 1);
}

#[tokio::test]
async fn the_next_address_is_tried_when_one_is_closed() {
    let receiver = Receiver::answering(OK);
    // The receiver listens on the second address only.
    let table = Table::new(&[&["127.0.0.2", "127.0.0.1"]]);
    let sender = sender(SANDBOX).with_resolver(table.clone());
    assert_eq!(send(&sender, &by_name(&receiver)).await, ACCEPTED);
    assert_eq!(table.asked(), 1);
    assert_eq!(receiver.connections(), 1);
}

#[tokio::test]
async fn a_url_that_an_older_policy_let_in_is_judged_again() {
    let receiver = Receiver::answering(OK);
    let table = Table::new(&[&["127.0.0.1"]]);
    let port = receiver.port;
    let private_tls = Policy {
        allow_http: false,
        allow_private: true,
    };
    for (policy, url) in [
        (PUBLIC_HTTP, format!("http://127.0.0.1:{port}/")),
        (PUBLIC_HTTP, format!("http://2130706433:{port}/")),
        (PUBLIC_HTTP, format!("http://[::ffff:127.0.0.1]:{port}/")),
        (PUBLIC_HTTP, format!("http://localhost:{port}/")),
    ] {
        let sender = sender(policy).with_resolver(table.clone());
        let delivery = send(&sender, &url).await;
        assert_eq!(delivery, failed(Failure::NotAllowed), "{url}");
    }
    let roots = Authority::new().root();
    let tls_only = Sender::trusting([roots], private_tls)
        .unwrap()
        .with_resolver(table.clone());
    let delivery = send(&tls_only, &receiver.url()).await;
    assert_eq!(delivery, failed(Failure::NotAllowed));
    assert_eq!(table.asked(), 0);
    assert_eq!(receiver.connections(), 0);
}

#[tokio::test]
async fn a_name_without_an_address_is_a_failure() {
    let receiver = Receiver::answering(OK);
    for table in [Table::new(&[]), Table::new(&[&[]])] {
        let sender = sender(SANDBOX).with_resolver(table);
        let delivery = send(&sender, &by_name(&receiver)).await;
        assert_eq!(delivery, failed(Failure::Dns));
    }
}

#[tokio::test]
async fn the_machine_itself_resolves_names_too() {
    let receiver = Receiver::answering(OK);
    let url = format!("http://localhost:{}/", receiver.port);
    assert_eq!(send(&sender(SANDBOX), &url).await, ACCEPTED);
    assert_eq!(receiver.connections(), 1);
}
