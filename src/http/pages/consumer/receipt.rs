//! `/receipt`: whether a receipt is real.

use actix_web::http::StatusCode;
use actix_web::web::Data;
use actix_web::{HttpRequest, HttpResponse};
use askama::Template;

use crate::http::pages::form::Upload;
use crate::http::pages::frame::Frame;
use crate::http::pages::{page, page_with};
use crate::http::problem::{Problem, ProblemCode};
use crate::http::rate;
use crate::http::state::Shared;
use crate::journal::receipt::ReceiptError;
use crate::operations::check_receipt::{self, Checked};
use crate::settings::Bureau;

/// Bytes of the largest text that is looked at; a receipt has about a thousand.
const LARGEST: usize = 32 * 1024;
/// Bytes of what anybody may send here, with the form around it.
const LARGEST_UPLOAD: usize = 2 * LARGEST;

#[derive(Template)]
#[template(path = "consumer/receipt.html")]
struct Asking {
    f: Frame,
    nothing: bool,
}

#[derive(Template)]
#[template(path = "consumer/receipt_checked.html")]
struct Answer<'a> {
    f: Frame,
    checked: Checked,
    bureau: &'a Bureau,
}

impl Answer<'_> {
    /// Why a text is no receipt of ours.
    fn flaw(&self, error: &ReceiptError) -> &'static str {
        let (zh, en) = match error {
            ReceiptError::Malformed => (
                "这不是一份完整的收据，可能复制时有遗漏。",
                "This is no whole receipt; perhaps a part was not copied.",
            ),
            ReceiptError::WrongHeader => (
                "这份文件带有签名，但不是补贴收据。",
                "This is signed, but not as a receipt.",
            ),
            ReceiptError::UnknownKey => (
                "签名所用的密钥不属于本系统：收据来自其他系统，或系伪造。",
                "It is signed with a key that is not ours: it is another service's, or forged.",
            ),
            ReceiptError::BadSignature => (
                "签名与内容不符：收据的内容或签名被改动过。",
                "The signature does not fit the content: one of them was altered.",
            ),
            ReceiptError::WrongContent => (
                "签名有效，但内容不是收据的格式。",
                "The signature is good, but the content is not that of a receipt.",
            ),
        };
        self.f.t(zh, en)
    }
}

/// `GET /receipt`
pub async fn show(f: Frame) -> Result<HttpResponse, Problem> {
    page(f.lang, &Asking { f, nothing: false })
}

/// `POST /receipt`: a text that was pasted, or a file.
pub async fn check(
    upload: Upload<LARGEST_UPLOAD>,
    f: Frame,
    request: HttpRequest,
    shared: Data<Shared>,
) -> Result<HttpResponse, Problem> {
    let engine = &shared.engine;
    let address = rate::address(&request, &engine.settings.trusted_proxies);
    shared.limits.receipt(address)?;
    let file = upload.files.iter().find(|file| file.member == "file");
    let bytes = match file {
        Some(file) => &file.bytes[..],
        None => upload.form.text("receipt").as_bytes(),
    };
    if bytes.is_empty() {
        let again = Asking { f, nothing: true };
        return page_with(StatusCode::UNPROCESSABLE_ENTITY, again.f.lang, &again);
    }
    let text = std::str::from_utf8(bytes).ok();
    let checked = match text.filter(|text| text.len() <= LARGEST) {
        Some(text) => {
            let checked = check_receipt::check(engine, text).await;
            checked.map_err(|error| Problem::reading(error, ProblemCode::NotFound))?
        }
        None => Checked::NotOurs(ReceiptError::Malformed),
    };
    let answer = Answer {
        bureau: &engine.settings.bureau,
        checked,
        f,
    };
    page(answer.f.lang, &answer)
}
