//! Who asks for a page: extractors whose types are the permissions of a handler, as for the API.
//!
//! The session's token stands in a cookie that scripts cannot read and that no other site sends
//! along with a form.

use actix_web::dev::Payload;
use actix_web::http::header::{HeaderMap, HeaderValue};
use actix_web::{FromRequest, HttpRequest};
use futures_util::future::{FutureExt, LocalBoxFuture};

use super::frame::{Area, Frame, Who};
use crate::catalogue::Role;
use crate::domain::ids::ClientId;
use crate::http::lang::cookie;
use crate::http::problem::{Problem, ProblemCode};
use crate::http::state;
use crate::operations::sign_in::{self, Session};
use crate::operations::{DealerCaller, Engine, StaffCaller};
use crate::storage::logins::Person;

/// The cookie where everything goes through TLS: the prefix makes browsers refuse it elsewhere
/// (RFC 6265bis, 4.1.3.2).
const SECURE: &str = "__Host-tradein";
/// The cookie outside production, where a page may be looked at without TLS.
const PLAIN: &str = "tradein";

fn name(engine: &Engine) -> &'static str {
    if engine.settings.production {
        SECURE
    } else {
        PLAIN
    }
}

/// The attribute of a cookie that is sent through TLS only: in production, every one.
pub fn secure(engine: &Engine) -> &'static str {
    if engine.settings.production {
        "; Secure"
    } else {
        ""
    }
}

/// The token of the session that a request belongs to.
pub fn token<'a>(engine: &Engine, headers: &'a HeaderMap) -> Option<&'a str> {
    cookie(headers, name(engine)).filter(|token| !token.is_empty())
}

/// The cookie that begins a session, or ends it where the token is empty.
pub fn set_cookie(engine: &Engine, token: &str) -> Option<HeaderValue> {
    let secure = secure(engine);
    let age = if token.is_empty() { "; Max-Age=0" } else { "" };
    let text = format!(
        "{}={token}; Path=/; HttpOnly; SameSite=Lax{secure}{age}",
        name(engine)
    );
    HeaderValue::from_str(&text).ok()
}

/// Somebody who is signed in, with the frame of his page.
struct Signed {
    session: Session,
    frame: Frame,
}

async fn signed(request: HttpRequest, area: Area) -> Result<Signed, Problem> {
    let shared = state::of(&request)?;
    let needed = || Problem::new(ProblemCode::SignInNeeded);
    let token = token(&shared.engine, request.headers()).ok_or_else(needed)?;
    let found = sign_in::session(&shared.engine, token).await;
    let session = found.map_err(Problem::failed)?.ok_or_else(needed)?;
    let mut frame = Frame::new(&request, area);
    frame.who = Some(Who {
        login: session.name.clone(),
        dealer: session.dealer.clone(),
        role: session.role.clone(),
        roles: session.roles.clone(),
    });
    Ok(Signed { session, frame })
}

/// Somebody of a dealer, at one of its pages.
pub struct DealerPage {
    /// The dealer; idempotency keys belong to the login.
    pub caller: DealerCaller,
    /// The frame of the page.
    pub frame: Frame,
}

impl FromRequest for DealerPage {
    type Error = Problem;
    type Future = LocalBoxFuture<'static, Result<Self, Problem>>;

    fn from_request(request: &HttpRequest, _: &mut Payload) -> Self::Future {
        let request = request.clone();
        async move {
            let Signed { session, frame } = signed(request, Area::Dealer).await?;
            match session.person {
                Person::Dealer(dealer) => Ok(Self {
                    caller: DealerCaller {
                        dealer,
                        client: ClientId(session.login.0),
                    },
                    frame,
                }),
                // Signed in, but as somebody else.
                Person::Staff(_) => Err(ProblemCode::SignInNeeded.into()),
            }
        }
        .boxed_local()
    }
}

async fn staff(request: HttpRequest, roles: &[&str]) -> Result<(StaffCaller, Frame), Problem> {
    let Signed { session, frame } = signed(request, Area::Bureau).await?;
    let Person::Staff(staff) = session.person else {
        return Err(ProblemCode::SignInNeeded.into());
    };
    let word = session.role.unwrap_or_default();
    let role = Role::parse_staff(&word).ok_or(ProblemCode::SignInNeeded)?;
    if !roles.contains(&word.as_str()) {
        return Err(ProblemCode::RoleNotAllowed.into());
    }
    Ok((StaffCaller { staff, role }, frame))
}

/// Pages of the bureau, one kind for each set of roles that some page is for.
macro_rules! staff_pages {
    ($($(#[$doc:meta])* $name:ident: $($role:literal)|+;)+) => {$(
        $(#[$doc])*
        pub struct $name {
            /// The person, in the role of his session.
            pub caller: StaffCaller,
            /// The frame of the page.
            pub frame: Frame,
        }

        impl FromRequest for $name {
            type Error = Problem;
            type Future = LocalBoxFuture<'static, Result<Self, Problem>>;

            fn from_request(request: &HttpRequest, _: &mut Payload) -> Self::Future {
                let request = request.clone();
                async move {
                    let (caller, frame) = staff(request, &[$($role),+]).await?;
                    Ok(Self { caller, frame })
                }
                .boxed_local()
            }
        }
    )+};
}

staff_pages! {
    /// Prepares decisions.
    ReviewerPage: "reviewer";
    /// Decides what another prepared.
    ApproverPage: "approver";
    /// Prepares a decision or makes it.
    ReviewerOrApproverPage: "reviewer" | "approver";
    /// Pays.
    FinancePage: "finance";
    /// Reads everything, changes nothing.
    AuditorPage: "auditor";
    /// Runs the programme.
    OperatorPage: "operator";
    /// Decides what an operator proposed, or proposes.
    OperatorOrApproverPage: "operator" | "approver";
    /// Sees payouts.
    FinanceOrAuditorPage: "finance" | "auditor";
    /// Sees bulk approvals.
    ApproverOrAuditorPage: "approver" | "auditor";
    /// Decides about accounts of dealers.
    FinanceOrOperatorPage: "finance" | "operator";
    /// May open personal data.
    MayUnsealPage: "reviewer" | "approver" | "finance" | "auditor";
    /// Anybody of the bureau.
    StaffPage: "reviewer" | "approver" | "finance" | "auditor" | "operator";
}
