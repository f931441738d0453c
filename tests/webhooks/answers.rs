//! What a receiver gets, and what becomes of its answers.

use std::io::Write;
use std::net::TcpListener;
use std::sync::Arc;
use std::sync::mpsc;
use std::thread;
use std::time::{Duration, Instant};

use hyper::body::Bytes;
use tradein::clock;
use tradein::webhooks::sender::{Delivery, Failure};
use tradein::webhooks::signature::{
    Headers, MessageId, Secret, Secrets, TOLERANCE, VerifyError, verify,
};
use tradein::webhooks::target::Target;

use crate::receiver::{
    BODY, ID, OK, Receiver, Request, SANDBOX, read_request, secrets, send, sender,
};

const SHORT: Duration = Duration::from_millis(300);

fn failed(why: Failure) -> Delivery {
    Delivery::Failed { why }
}

fn verified(request: &Request, secrets: &Secrets) -> Result<(), VerifyError> {
    let headers = Headers {
        id: &request.headers["webhook-id"],
        timestamp: &request.headers["webhook-timestamp"],
        signature: &request.headers["webhook-signature"],
    };
    verify(secrets, headers, &request.body, clock::now(), TOLERANCE)
}

#[tokio::test]
async fn a_receiver_gets_a_signed_post_and_nothing_else() {
    let receiver = Receiver::answering(OK);
    let delivery = send(&sender(SANDBOX), &receiver.url()).await;
    assert_eq!(delivery, Delivery::Accepted { status: 200 });

    let requests = receiver.requests();
    let [request] = requests.as_slice() else {
        panic!("{} requests", requests.len());
    };
    assert_eq!(request.line, "POST /hook?a=b HTTP/1.1");
    assert_eq!(request.body, BODY.as_bytes());
    assert_eq!(verified(request, &secrets()), Ok(()));
    let other = Secrets::new(Secret::generate().unwrap(), []);
    assert_eq!(verified(request, &other), Err(VerifyError::NoMatch));

    let header = |name: &str| request.headers[name].as_str();
    assert_eq!(header("host"), format!("127.0.0.1:{}", receiver.port));
    assert_eq!(header("user-agent"), "tradein-webhooks/1");
    assert_eq!(header("content-type"), "application/json");
    assert_eq!(header("connection"), "close");
    assert_eq!(header("content-length"), BODY.len().to_string());
    assert_eq!(header("webhook-id"), ID);
    // These, timestamp and signature: no cookie, nothing of the machine.
    assert_eq!(request.headers.len(), 8, "{:?}", request.headers);
}

#[tokio::test]
async fn while_a_secret_is_rotated_both_signatures_arrive() {
    let receiver = Receiver::answering(OK);
    let new = Secret::generate().unwrap();
    let old = Secret::generate().unwrap();
    let both = Secrets::new(new.clone(), [old.clone()]);
    let target = Target::parse(&receiver.url(), SANDBOX).unwrap();
    let id = MessageId::parse(ID).unwrap();
    let body = Bytes::from_static(BODY.as_bytes());
    sender(SANDBOX)
        .send(&target, &id, clock::now(), body, &both)
        .await;
    let requests = receiver.requests();
    for secret in [new, old] {
        assert_eq!(verified(&requests[0], &Secrets::new(secret, [])), Ok(()));
    }
}

#[tokio::test]
async fn every_status_has_its_outcome() {
    for status in [200, 201, 202, 204, 299] {
        let receiver = Receiver::answering(format!("HTTP/1.1 {status} X\r\n\r\n"));
        let delivery = send(&sender(SANDBOX), &receiver.url()).await;
        assert_eq!(delivery, Delivery::Accepted { status });
    }
    for status in [300, 304, 400, 404, 409, 429, 500, 502, 503, 504, 599] {
        let receiver = Receiver::answering(format!("HTTP/1.1 {status} X\r\n\r\n"));
        let refused = Delivery::Refused {
            status,
            retry_after: None,
        };
        assert_eq!(send(&sender(SANDBOX), &receiver.url()).await, refused);
    }
    let receiver = Receiver::answering("HTTP/1.1 410 Gone\r\ncontent-length: 0\r\n\r\n");
    assert_eq!(
        send(&sender(SANDBOX), &receiver.url()).await,
        Delivery::Gone
    );
}

#[tokio::test]
async fn a_receiver_may_ask_for_a_pause_in_seconds() {
    for (text, retry_after) in [
        ("120", Some(Duration::from_secs(120))),
        ("0", Some(Duration::ZERO)),
        ("-1", None),
        ("1.5", None),
        ("Wed, 21 Oct 2026 07:28:00 GMT", None),
        ("99999999999999999999999", None),
    ] {
        let receiver =
            Receiver::answering(format!("HTTP/1.1 503 X\r\nretry-after: {text}\r\n\r\n"));
        let delivery = send(&sender(SANDBOX), &receiver.url()).await;
        let status = 503;
        assert_eq!(
            delivery,
            Delivery::Refused {
                status,
                retry_after
            },
            "{text}"
        );
    }
}

#[tokio::test]
async fn redirects_are_not_followed() {
    let aim = Receiver::answering(OK);
    for status in [301, 302, 303, 307, 308] {
        let receiver = Receiver::answering(format!(
            "HTTP/1.1 {status} X\r\nlocation: {}\r\ncontent-length: 0\r\n\r\n",
            aim.url()
        ));
        let delivery = send(&sender(SANDBOX), &receiver.url()).await;
        let refused = Delivery::Refused {
            status,
            retry_after: None,
        };
        assert_eq!(delivery, refused);
    }
    assert_eq!(aim.connections(), 0);
    // It would have been seen.
    send(&sender(SANDBOX), &aim.url()).await;
    assert_eq!(aim.connections(), 1);
}

#[tokio::test]
async fn cookies_are_not_kept() {
    let receiver = Receiver::answering("HTTP/1.1 200 OK\r\nset-cookie: a=b; path=/\r\n\r\n");
    let sender = sender(SANDBOX);
    send(&sender, &receiver.url()).await;
    send(&sender, &receiver.url()).await;
    let requests = receiver.requests();
    assert_eq!(requests.len(), 2);
    assert!(!requests[1].headers.contains_key("cookie"));
}

#[tokio::test]
async fn a_receiver_that_never_answers_is_left() {
    let (release, held) = mpsc::channel::<()>();
    let receiver = Receiver::start(move |stream| {
        let request = read_request(stream)?;
        held.recv().ok();
        Ok(request)
    });
    let begun = Instant::now();
    let sender = sender(SANDBOX).with_time_limit(SHORT);
    assert_eq!(
        send(&sender, &receiver.url()).await,
        failed(Failure::TimedOut)
    );
    assert!(begun.elapsed() >= SHORT);
    assert!(begun.elapsed() < Duration::from_secs(10));
    drop(release);
    assert_eq!(receiver.connections(), 1);
}

#[tokio::test]
async fn a_receiver_that_answers_byte_by_byte_is_left() {
    let receiver = Receiver::start(|stream| {
        let request = read_request(stream)?;
        stream.write_all(b"HTTP/1.1 200 OK\r\nx: ")?;
        // Ends when the sender has hung up.
        while stream.write_all(b"y").is_ok() {
            thread::sleep(Duration::from_millis(20));
        }
        Ok(request)
    });
    let sender = sender(SANDBOX).with_time_limit(SHORT);
    assert_eq!(
        send(&sender, &receiver.url()).await,
        failed(Failure::TimedOut)
    );
    assert_eq!(receiver.connections(), 1);
}

#[tokio::test]
async fn a_status_counts_although_its_body_never_ends() {
    let silent = Receiver::start(|stream| {
        let request = read_request(stream)?;
        stream.write_all(b"HTTP/1.1 200 OK\r\ncontent-length: 5\r\n\r\nok")?;
        // Ends when the sender has hung up.
        read_request(stream).ok();
        Ok(request)
    });
    let sender = sender(SANDBOX).with_time_limit(SHORT);
    assert_eq!(
        send(&sender, &silent.url()).await,
        Delivery::Accepted { status: 200 }
    );
    assert_eq!(silent.requests().len(), 1);
}

#[tokio::test]
async fn a_body_without_end_is_not_read() {
    let (tell, told) = mpsc::channel();
    let endless = Receiver::start(move |stream| {
        let request = read_request(stream)?;
        stream.write_all(b"HTTP/1.1 200 OK\r\n\r\n")?;
        let mut written = 0_u64;
        while stream.write_all(&[b'x'; 4096]).is_ok() {
            written += 4096;
        }
        tell.send(written).ok();
        Ok(request)
    });
    // Without the limit of the body, only the time-out would end this delivery.
    let begun = Instant::now();
    assert_eq!(
        send(&sender(SANDBOX), &endless.url()).await,
        Delivery::Accepted { status: 200 }
    );
    assert!(begun.elapsed() < Duration::from_secs(10));
    // What the two sockets hold between them, and no more.
    let written = told.recv_timeout(Duration::from_secs(10)).unwrap();
    assert!(written < 64 * 1024 * 1024, "{written}");
}

#[tokio::test]
async fn what_is_no_http_is_a_failure() {
    for text in [
        "",
        "SSH-2.0-OpenSSH_9.9\r\n",
        "HTTP/1.1 200",
        "HTTP/2 200 OK\r\n\r\n",
        "-ERR unknown command\r\n",
    ] {
        let receiver = Receiver::answering(text);
        let delivery = send(&sender(SANDBOX), &receiver.url()).await;
        assert_eq!(delivery, failed(Failure::Broken), "{text:?}");
    }
}

#[tokio::test]
async fn a_long_head_is_not_held() {
    for (length, expected) in [
        (8 * 1024, Delivery::Accepted { status: 200 }),
        (20 * 1024, failed(Failure::Broken)),
    ] {
        let filler = "y".repeat(length);
        let receiver = Receiver::answering(format!("HTTP/1.1 200 OK\r\nx: {filler}\r\n\r\n"));
        assert_eq!(send(&sender(SANDBOX), &receiver.url()).await, expected);
    }
}

#[tokio::test]
async fn one_sender_serves_many_deliveries_at_once() {
    let (release, held) = mpsc::channel::<()>();
    let stuck = Receiver::start(move |stream| {
        let request = read_request(stream)?;
        held.recv().ok();
        Ok(request)
    });
    let shared = Arc::new(sender(SANDBOX));
    let (of_stuck, url) = (Arc::clone(&shared), stuck.url());
    let waiting = tokio::spawn(async move { send(&of_stuck, &url).await });
    let prompt = Receiver::answering(OK);
    for _ in 0..5 {
        let delivery = send(&shared, &prompt.url()).await;
        assert_eq!(delivery, Delivery::Accepted { status: 200 });
    }
    assert!(!waiting.is_finished());
    drop(release);
    assert_eq!(waiting.await.unwrap(), failed(Failure::Broken));
}

#[tokio::test]
async fn a_closed_port_is_a_failure() {
    let listener = TcpListener::bind("127.0.0.1:0").unwrap();
    let url = format!("http://{}/", listener.local_addr().unwrap());
    drop(listener);
    let delivery = send(&sender(SANDBOX), &url).await;
    assert_eq!(delivery, failed(Failure::Connect));
}
