//! Deliveries over TLS: only to who has a valid certificate for the name.

use std::io::Write;
use std::sync::Arc;

use rcgen::{BasicConstraints, CertificateParams, CertifiedIssuer, IsCa, KeyPair, date_time_ymd};
use rustls::crypto::aws_lc_rs::default_provider;
use rustls::pki_types::{CertificateDer, PrivateKeyDer};
use rustls::{ServerConfig, ServerConnection, StreamOwned};
use tradein::webhooks::sender::{Delivery, Failure, Sender, SenderError};
use tradein::webhooks::target::Policy;

use crate::receiver::{OK, Receiver, SANDBOX, Table, read_request, send};

const NAME: &str = "hooks.example";

const PRIVATE_TLS: Policy = Policy {
    allow_http: false,
    allow_private: true,
};

/// A certificate authority, made up for one test.
pub struct Authority(CertifiedIssuer<'static, KeyPair>);

impl Authority {
    pub fn new() -> Self {
        let mut params = CertificateParams::new(Vec::new()).unwrap();
        params.is_ca = IsCa::Ca(BasicConstraints::Unconstrained);
        let key = KeyPair::generate().unwrap();
        Self(CertifiedIssuer::self_signed(params, key).unwrap())
    }

    pub fn root(&self) -> CertificateDer<'static> {
        self.0.der().clone()
    }

    /// A receiver with a certificate for `host`, valid until the end of `year`.
    fn receiver(&self, host: &str, year: i32) -> Receiver {
        let mut params = CertificateParams::new(vec![host.to_owned()]).unwrap();
        params.not_before = date_time_ymd(2020, 1, 1);
        params.not_after = date_time_ymd(year, 12, 31);
        let key = KeyPair::generate().unwrap();
        let certificate = params.signed_by(&key, &self.0).unwrap();
        let key = PrivateKeyDer::try_from(key.serialize_der()).unwrap();
        let config = ServerConfig::builder_with_provider(Arc::new(default_provider()))
            .with_safe_default_protocol_versions()
            .unwrap()
            .with_no_client_auth()
            .with_single_cert(vec![certificate.der().clone()], key)
            .unwrap();
        let config = Arc::new(config);
        Receiver::start(move |stream| {
            let connection = ServerConnection::new(Arc::clone(&config)).unwrap();
            let mut stream = StreamOwned::new(connection, stream.try_clone()?);
            let request = read_request(&mut stream)?;
            stream.write_all(OK.as_bytes())?;
            stream.conn.send_close_notify();
            stream.flush()?;
            Ok(request)
        })
    }
}

async fn deliver(authority: &Authority, receiver: &Receiver, host: &str) -> Delivery {
    let sender = Sender::trusting([authority.root()], PRIVATE_TLS)
        .unwrap()
        .with_resolver(Table::new(&[&["127.0.0.1"]]));
    send(&sender, &format!("https://{host}:{}/hook", receiver.port)).await
}

const REFUSED: Delivery = Delivery::Failed { why: Failure::Tls };

#[tokio::test]
async fn a_valid_certificate_is_trusted() {
    let authority = Authority::new();
    let receiver = authority.receiver(NAME, 2999);
    let delivery = deliver(&authority, &receiver, NAME).await;
    assert_eq!(delivery, Delivery::Accepted { status: 200 });
    let requests = receiver.requests();
    assert_eq!(requests.len(), 1);
    assert_eq!(requests[0].line, "POST /hook HTTP/1.1");
    assert_eq!(
        requests[0].headers["host"],
        format!("{NAME}:{}", receiver.port)
    );
}

#[tokio::test]
async fn a_certificate_for_an_address_is_trusted_there() {
    let authority = Authority::new();
    let receiver = authority.receiver("127.0.0.1", 2999);
    let delivery = deliver(&authority, &receiver, "127.0.0.1").await;
    assert_eq!(delivery, Delivery::Accepted { status: 200 });
    assert_eq!(deliver(&authority, &receiver, NAME).await, REFUSED);
}

#[tokio::test]
async fn no_request_is_sent_to_who_has_no_valid_certificate() {
    let authority = Authority::new();
    let other = Authority::new();
    for (fault, receiver) in [
        ("another name", authority.receiver("other.example", 2999)),
        ("expired", authority.receiver(NAME, 2021)),
        ("another authority", other.receiver(NAME, 2999)),
    ] {
        let delivery = deliver(&authority, &receiver, NAME).await;
        assert_eq!(delivery, REFUSED, "{fault}");
        assert_eq!(receiver.connections(), 1, "{fault}");
        assert_eq!(receiver.requests().len(), 0, "{fault}");
    }
}

#[tokio::test]
async fn who_speaks_no_tls_is_refused() {
    let authority = Authority::new();
    let receiver = Receiver::start(|stream| {
        stream.write_all(OK.as_bytes())?;
        read_request(stream)
    });
    assert_eq!(deliver(&authority, &receiver, NAME).await, REFUSED);
    assert_eq!(receiver.requests().len(), 0);
}

#[tokio::test]
async fn the_machine_trusts_no_authority_that_was_made_up() {
    let receiver = Authority::new().receiver(NAME, 2999);
    match Sender::new(PRIVATE_TLS) {
        Ok(sender) => {
            let sender = sender.with_resolver(Table::new(&[&["127.0.0.1"]]));
            let url = format!("https://{NAME}:{}/hook", receiver.port);
            assert_eq!(send(&sender, &url).await, REFUSED);
            assert_eq!(receiver.requests().len(), 0);
        }
        // A small image may have no roots at all.
        Err(error) => assert!(matches!(error, SenderError::NoRoots), "{error}"),
    }
}

#[test]
fn without_roots_there_is_no_sender() {
    for roots in [Vec::new(), vec![CertificateDer::from(vec![1, 2, 3])]] {
        let error = Sender::trusting(roots, PRIVATE_TLS)
            .map(|_| ())
            .unwrap_err();
        assert!(matches!(error, SenderError::NoRoots));
        assert_eq!(error.code(), "webhook_no_roots");
    }
    assert!(Sender::trusting([], SANDBOX).is_ok());
}
