//! Tokens, and which dealer they belong to.

use std::sync::{PoisonError, RwLock};
use std::time::Duration;

use hyper::body::Bytes;
use hyper::header::HeaderValue;
use hyper::{Method, StatusCode};
use serde::Deserialize;

use super::answer::excerpt;
use super::client::{Answer, Call, Connection};
use super::generate::Generator;
use super::plan::{Access, RehearseError};

/// A dealer that has a token.
#[derive(Debug)]
pub(super) struct Seller {
    access: Access,
    /// The credit code on the invoices.
    pub uscc: String,
    authorization: RwLock<HeaderValue>,
}

#[derive(Deserialize)]
struct Token {
    access_token: String,
    expires_in: u64,
}

#[derive(Deserialize)]
struct DealerPage {
    items: Vec<Dealer>,
    next_cursor: Option<String>,
}

#[derive(Deserialize)]
struct Dealer {
    uscc: String,
}

#[derive(Deserialize)]
struct CheckedClaim {
    reasons: Vec<CheckedReason>,
}

#[derive(Deserialize)]
struct CheckedReason {
    code: String,
}

impl Seller {
    /// Gets a token, and the credit code when the plan does not name it. Gives the time after
    /// which the token should be renewed, too.
    pub async fn sign_in(
        access: &Access,
        generator: &Generator,
        connection: &mut Connection,
    ) -> Result<(Self, Duration), RehearseError> {
        let (authorization, renew_after) = fetch_token(access, connection).await?;
        let uscc = match &access.uscc {
            Some(uscc) => uscc.clone(),
            None => find_uscc(access, generator, &authorization, connection).await?,
        };
        let seller = Self {
            access: access.clone(),
            uscc,
            authorization: RwLock::new(authorization),
        };
        Ok((seller, renew_after))
    }

    /// The `Authorization` header of now.
    pub fn authorization(&self) -> HeaderValue {
        let current = self
            .authorization
            .read()
            .unwrap_or_else(PoisonError::into_inner);
        current.clone()
    }

    /// Keeps the token fresh for as long as it is polled.
    pub async fn renew(&self, mut renew_after: Duration, mut connection: Connection) {
        const PAUSE_AFTER_FAILURE: Duration = Duration::from_secs(5);
        loop {
            tokio::time::sleep(renew_after).await;
            renew_after = match fetch_token(&self.access, &mut connection).await {
                Ok((authorization, renew_after)) => {
                    let current = self.authorization.write();
                    *current.unwrap_or_else(PoisonError::into_inner) = authorization;
                    renew_after
                }
                // The old token still works for a while, and its end shows in the outcomes.
                Err(_) => PAUSE_AFTER_FAILURE,
            };
        }
    }
}

async fn fetch_token(
    access: &Access,
    connection: &mut Connection,
) -> Result<(HeaderValue, Duration), RehearseError> {
    const CALL: &str = "POST /oauth/token";
    let form = format!(
        "grant_type=client_credentials&client_id={}&client_secret={}",
        form_encode(&access.client_id),
        form_encode(&access.client_secret),
    );
    let call = Call {
        method: Method::POST,
        path: "/oauth/token",
        content_type: "application/x-www-form-urlencoded",
        headers: &[],
        body: Bytes::from(form),
    };
    let answer = ask(connection, &call).await?;
    let token: Token = read_json(CALL, &answer)?;
    let mut header = HeaderValue::from_str(&format!("Bearer {}", token.access_token))
        .map_err(|_| unusable(CALL, answer.status, b"a token that no header can hold"))?;
    header.set_sensitive(true);
    Ok((header, Duration::from_secs(token.expires_in) / 5 * 4))
}

/// Asks for a verdict without effect in the name of each public dealer: only the one whose
/// credentials these are is not told that it is another's invoice.
async fn find_uscc(
    access: &Access,
    generator: &Generator,
    authorization: &HeaderValue,
    connection: &mut Connection,
) -> Result<String, RehearseError> {
    let mut cursor: Option<String> = None;
    loop {
        let page = dealer_page(cursor.as_deref(), connection).await?;
        for dealer in page.items {
            if is_seller(&dealer.uscc, generator, authorization, connection).await? {
                return Ok(dealer.uscc);
            }
        }
        cursor = page.next_cursor;
        if cursor.is_none() {
            let client_id = access.client_id.clone();
            return Err(RehearseError::SellerUnknown { client_id });
        }
    }
}

async fn dealer_page(
    cursor: Option<&str>,
    connection: &mut Connection,
) -> Result<DealerPage, RehearseError> {
    let mut path = "/v1/public/dealers?limit=100".to_owned();
    if let Some(cursor) = cursor {
        path.push_str("&cursor=");
        path.push_str(&form_encode(cursor));
    }
    let call = Call {
        method: Method::GET,
        path: &path,
        content_type: "application/json",
        headers: &[],
        body: Bytes::new(),
    };
    let answer = ask(connection, &call).await?;
    read_json("GET /v1/public/dealers", &answer)
}

async fn is_seller(
    uscc: &str,
    generator: &Generator,
    authorization: &HeaderValue,
    connection: &mut Connection,
) -> Result<bool, RehearseError> {
    let call = Call {
        method: Method::POST,
        path: "/v1/claims/check",
        content_type: "application/json",
        headers: &[("authorization", authorization.clone())],
        body: Bytes::from(generator.body(0, uscc)),
    };
    let answer = ask(connection, &call).await?;
    let checked: CheckedClaim = read_json("POST /v1/claims/check", &answer)?;
    Ok(checked.reasons.iter().all(|r| r.code != "seller_mismatch"))
}

async fn ask(connection: &mut Connection, call: &Call<'_>) -> Result<Answer, RehearseError> {
    let answer = connection.send(call).await;
    answer.map_err(|cause| RehearseError::Unreachable {
        url: connection.url().to_owned(),
        cause: cause.to_string(),
    })
}

fn read_json<'a, T: Deserialize<'a>>(
    call: &'static str,
    answer: &'a Answer,
) -> Result<T, RehearseError> {
    if !answer.status.is_success() {
        return Err(unusable(call, answer.status, &answer.body));
    }
    serde_json::from_slice(&answer.body).map_err(|_| unusable(call, answer.status, &answer.body))
}

fn unusable(call: &'static str, status: StatusCode, body: &[u8]) -> RehearseError {
    RehearseError::Answer {
        call,
        status: status.as_u16(),
        body: excerpt(body),
    }
}

/// Percent-encodes all but the unreserved characters.
fn form_encode(text: &str) -> String {
    use std::fmt::Write;
    text.bytes().fold(String::new(), |mut out, byte| {
        match byte {
            b'A'..=b'Z' | b'a'..=b'z' | b'0'..=b'9' | b'-' | b'.' | b'_' | b'~' => {
                out.push(char::from(byte));
            }
            // Writing to a String cannot fail.
            _ => _ = write!(out, "%{byte:02X}"),
        }
        out
    })
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn forms_are_encoded() {
        assert_eq!(form_encode("aZ09-._~"), "aZ09-._~");
        assert_eq!(form_encode("a b&c=é+"), "a%20b%26c%3D%C3%A9%2B");
    }
}
