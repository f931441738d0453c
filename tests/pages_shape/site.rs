//! Where pages come from: a program of its own, or the same service within the test.

use std::cell::RefCell;

use actix_web::http::Method;
use actix_web::test::{TestRequest, call_service, init_service, read_body};
use actix_web::web::Data;
use tradein::http::state::Shared;

use crate::page::Page;
use crate::support::Client;

pub enum Site {
    Program(RefCell<Client>),
    Within(Data<Shared>),
}

impl Site {
    pub fn program(client: Client) -> Self {
        Self::Program(RefCell::new(client))
    }

    pub fn call(&self, method: &str, path: &str, headers: &[(&str, &str)], body: &[u8]) -> Page {
        match self {
            Site::Program(client) => {
                let answer = client.borrow_mut().call(method, path, headers, body);
                Page::new(path, answer.status, answer.headers, answer.body)
            }
            Site::Within(shared) => within(shared, method, path, headers, body),
        }
    }
}

fn within(
    shared: &Data<Shared>,
    method: &str,
    path: &str,
    headers: &[(&str, &str)],
    body: &[u8],
) -> Page {
    let mut request = TestRequest::with_uri(path)
        .method(Method::from_bytes(method.as_bytes()).unwrap())
        .set_payload(body.to_vec());
    for header in headers {
        request = request.insert_header(*header);
    }
    let answered = actix_web::rt::System::new().block_on(async {
        let app = init_service(tradein::http::app(shared.clone())).await;
        let response = call_service(&app, request.to_request()).await;
        let status = response.status().as_u16();
        let headers = response.headers().iter();
        let headers = headers
            .map(|(name, value)| (name.to_string(), value.to_str().unwrap().to_owned()))
            .collect();
        (status, headers, read_body(response).await.to_vec())
    });
    let (status, headers, body) = answered;
    Page::new(path, status, headers, body)
}
