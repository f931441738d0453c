//! The server on a real socket: broken requests, and an end that loses no answer.

use std::io::{Read, Write};
use std::net::{SocketAddr, TcpStream};
use std::sync::mpsc;
use std::thread::JoinHandle;
use std::time::Duration;

use tokio::sync::oneshot;
use tradein::http::Server;

use crate::world::World;

struct Running {
    address: SocketAddr,
    dealer: (String, String),
    stop: Option<oneshot::Sender<()>>,
    thread: JoinHandle<()>,
}

fn start() -> Running {
    let (tell, told) = mpsc::channel();
    let (stop, stopped) = oneshot::channel();
    let thread = std::thread::spawn(move || {
        actix_web::rt::System::new().block_on(async move {
            let world = World::new();
            let server = Server::bind(world.engine.clone(), "127.0.0.1:0").unwrap();
            let dealer = world.client("dealer");
            let dealer = (dealer.id.clone(), dealer.secret.clone());
            tell.send((server.address(), dealer)).unwrap();
            let shutdown = async move {
                let _ = stopped.await;
            };
            server.run(shutdown).await.unwrap();
        });
    });
    let (address, dealer) = told.recv().unwrap();
    Running {
        address,
        dealer,
        stop: Some(stop),
        thread,
    }
}

impl Running {
    fn send(&self, bytes: &[u8]) -> TcpStream {
        let mut stream = TcpStream::connect(self.address).unwrap();
        stream.write_all(bytes).unwrap();
        stream
    }

    fn ask(&self, bytes: &[u8]) -> String {
        answer(self.send(bytes))
    }

    fn token(&self) -> String {
        let (id, secret) = &self.dealer;
        let form = format!("grant_type=client_credentials&client_id={id}&client_secret={secret}");
        let told = self.ask(
            format!(
                "POST /oauth/token HTTP/1.1\r\nhost: x\r\nconnection: close\r\ncontent-length: {}\r\n\
                 content-type: application/x-www-form-urlencoded\r\n\r\n{form}",
                form.len()
            )
            .as_bytes(),
        );
        let body: serde_json::Value =
            serde_json::from_str(&told[told.find('{').unwrap()..]).unwrap();
        body["access_token"].as_str().unwrap().to_owned()
    }

    fn stop(&mut self) {
        self.stop.take().unwrap().send(()).unwrap();
    }
}

/// Everything until the server closes.
fn answer(mut stream: TcpStream) -> String {
    let mut bytes = Vec::new();
    let _ = stream.read_to_end(&mut bytes);
    String::from_utf8_lossy(&bytes).into_owned()
}

const LIVE: &[u8] = b"GET /livez HTTP/1.1\r\nhost: x\r\nconnection: close\r\n\r\n";

#[test]
fn broken_requests_are_refused_and_the_server_lives_on() {
    let mut server = start();
    let long = format!(
        "GET /livez HTTP/1.1\r\nhost: x\r\nx: {}\r\n\r\n",
        "a".repeat(300_000)
    );
    let many = format!("GET /livez HTTP/1.1\r\n{}\r\n", "x: y\r\n".repeat(500));
    for broken in [
        b"\x16\x03\x01\x00\xa5".as_slice(),
        b"NONSENSE\r\n\r\n",
        b"GET /livez HTTP/9.9\r\n\r\n",
        b"POST /v1/claims HTTP/1.1\r\ncontent-length: x\r\n\r\n",
        b"POST /v1/claims HTTP/1.1\r\ncontent-length: 3\r\ncontent-length: 5\r\n\r\n",
        b"GET /livez HTTP/1.1\r\nx: a\0b\r\n\r\n",
        long.as_bytes(),
        many.as_bytes(),
    ] {
        let mut stream = TcpStream::connect(server.address).unwrap();
        // The server may close before it has read everything.
        let _ = stream.write_all(broken);
        let _ = stream.shutdown(std::net::Shutdown::Write);
        let text = answer(stream);
        assert!(text.is_empty() || text.starts_with("HTTP/1.1 4"), "{text}");
    }
    assert!(server.ask(LIVE).starts_with("HTTP/1.1 200"));
    server.stop();
    server.thread.join().unwrap();
}

#[test]
fn a_request_that_was_taken_is_answered_before_the_end() {
    let mut server = start();
    let body = r#"{"number":"JY25-0000123-7","id_tail":"0014","mobile_tail":"8000"}"#;
    let head = format!(
        "POST /v1/public/claim-status HTTP/1.1\r\nhost: x\r\nconnection: close\r\n\
         content-type: application/json\r\ncontent-length: {}\r\nexpect: 100-continue\r\n\r\n",
        body.len()
    );
    let mut stream = server.send(head.as_bytes());
    // The server asks for the body: from here on the request is taken.
    let mut go_on = [0; 25];
    stream.read_exact(&mut go_on).unwrap();
    assert!(
        go_on.starts_with(b"HTTP/1.1 100"),
        "{}",
        String::from_utf8_lossy(&go_on)
    );
    server.stop();
    stream.write_all(body.as_bytes()).unwrap();
    let text = answer(stream);
    assert!(
        text.starts_with("HTTP/1.1 404") && text.contains("claim_not_found"),
        "{text}"
    );
    server.thread.join().unwrap();
    assert!(TcpStream::connect(server.address).is_err());
}

#[test]
fn a_body_without_a_stated_length_is_cut_at_the_limit() {
    let mut server = start();
    let head = "POST /v1/public/claim-status HTTP/1.1\r\nhost: x\r\nconnection: close\r\n\
                content-type: application/json\r\ntransfer-encoding: chunked\r\n\r\n";
    let chunk = format!("{:x}\r\n{}\r\n", 40_000, " ".repeat(40_000));
    let mut stream = server.send(head.as_bytes());
    stream.write_all(chunk.as_bytes()).unwrap();
    // The server may close before it has read everything.
    let _ = stream.write_all(chunk.as_bytes());
    let _ = stream.write_all(b"0\r\n\r\n");
    let text = answer(stream);
    assert!(
        text.starts_with("HTTP/1.1 413") && text.contains("body_too_large"),
        "{text}"
    );
    server.stop();
    server.thread.join().unwrap();
}

/// Else it would depend on how fast a body comes which of two mistakes is answered.
#[test]
fn a_body_on_its_way_is_waited_for_before_the_version_is_looked_at() {
    let mut server = start();
    let head = format!(
        "POST /v1/claims/0199a7b0-1111-7222-8333-444455556666/correction HTTP/1.1\r\nhost: x\r\n\
         connection: close\r\nauthorization: Bearer {}\r\ncontent-type: application/json\r\n\
         content-length: 2\r\nexpect: 100-continue\r\n\r\n",
        server.token()
    );
    let mut stream = server.send(head.as_bytes());
    let mut go_on = [0; 25];
    stream.read_exact(&mut go_on).unwrap();
    assert!(go_on.starts_with(b"HTTP/1.1 100"), "{go_on:?}");
    stream
        .set_read_timeout(Some(Duration::from_millis(300)))
        .unwrap();
    let early = stream.read(&mut [0; 1]);
    assert!(early.is_err(), "answered before the body was there");
    stream.set_read_timeout(None).unwrap();
    stream.write_all(b"{}").unwrap();
    let text = answer(stream);
    assert!(text.starts_with("HTTP/1.1 428"), "{text}");
    server.stop();
    server.thread.join().unwrap();
}

#[test]
fn an_idle_connection_does_not_hold_up_the_end() {
    let mut server = start();
    let mut idle = server.send(b"GET /livez HTTP/1.1\r\nhost: x\r\n\r\n");
    let mut begun = [0; 12];
    idle.read_exact(&mut begun).unwrap();
    assert_eq!(&begun, b"HTTP/1.1 200");
    server.stop();
    server.thread.join().unwrap();
    assert!(answer(idle).contains("ok"));
}
