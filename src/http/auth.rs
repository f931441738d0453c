//! Who calls: extractors whose types are the permissions of a handler.
//!
//! A handler that takes a [`DealerCaller`] is for dealers, one that takes a [`Viewer`] for
//! everybody with a token, one that takes neither is for the public.

use std::future::{Ready, ready};

use actix_web::dev::Payload;
use actix_web::http::header::{AUTHORIZATION, HeaderMap};
use actix_web::{FromRequest, HttpRequest};
use futures_util::future::{Either, FutureExt, LocalBoxFuture};

use super::problem::{Problem, ProblemCode};
use super::state::{self, Shared};
use super::tokens::Bearer;
use crate::catalogue::Role;
use crate::clock;
use crate::operations::{Caller, DealerCaller, Engine, Principal, StaffCaller, Viewer};

/// Resolves at once for every client that is known in memory.
type CallerFuture<T> =
    Either<Ready<Result<T, Problem>>, LocalBoxFuture<'static, Result<T, Problem>>>;

/// A kind of caller that a handler may ask for.
trait Admit: Sized + 'static {
    /// The caller, if its role may make such a call.
    fn admit(principal: Principal) -> Option<Self>;
}

impl Admit for DealerCaller {
    fn admit(principal: Principal) -> Option<Self> {
        match principal.role {
            Role::Dealer(dealer) => Some(DealerCaller {
                dealer,
                client: principal.client,
            }),
            _ => None,
        }
    }
}

impl Admit for Viewer {
    fn admit(principal: Principal) -> Option<Self> {
        Some(match principal.role {
            Role::Dealer(dealer) => Viewer::Dealer(dealer),
            _ => Viewer::Bureau,
        })
    }
}

/// Callers of the bureau, one kind for each set of roles that some handler is for.
macro_rules! staff {
    ($($(#[$doc:meta])* $name:ident: $($role:ident)|+;)+) => {$(
        $(#[$doc])*
        #[derive(Debug, Clone, Copy)]
        pub struct $name(pub StaffCaller);

        impl Admit for $name {
            fn admit(principal: Principal) -> Option<Self> {
                let staff = principal.staff?;
                let role = principal.role;
                matches!(role, $(Role::$role)|+).then_some(Self(StaffCaller { staff, role }))
            }
        }

        impl FromRequest for $name {
            type Error = Problem;
            type Future = CallerFuture<Self>;

            fn from_request(request: &HttpRequest, _: &mut Payload) -> Self::Future {
                caller(request)
            }
        }
    )+};
}

staff! {
    /// Prepares decisions.
    Reviewer: Reviewer;
    /// Decides what another prepared.
    Approver: Approver;
    /// Prepares a rejection or confirms one.
    ReviewerOrApprover: Reviewer | Approver;
    /// Pays.
    Finance: Finance;
    /// Reads everything, changes nothing.
    Auditor: Auditor;
    /// Runs the programme.
    Operator: Operator;
    /// Decides what an operator proposed.
    OperatorOrApprover: Operator | Approver;
    /// Sees payouts.
    FinanceOrAuditor: Finance | Auditor;
    /// Sees bulk approvals.
    ApproverOrAuditor: Approver | Auditor;
    /// May open personal data: everybody of the bureau but whoever runs the programme.
    MayUnseal: Reviewer | Approver | Finance | Auditor;
    /// Decides about accounts of dealers.
    FinanceOrOperator: Finance | Operator;
    /// Anybody of the bureau.
    Staff: Reviewer | Approver | Finance | Auditor | Operator;
}

impl Admit for Caller {
    fn admit(principal: Principal) -> Option<Self> {
        let role = principal.role;
        match (role, principal.staff) {
            (Role::Dealer(dealer), _) => Some(Caller::Dealer(dealer)),
            (_, Some(staff)) => Some(Caller::Staff(StaffCaller { staff, role })),
            _ => None,
        }
    }
}

impl FromRequest for Caller {
    type Error = Problem;
    type Future = CallerFuture<Self>;

    fn from_request(request: &HttpRequest, _: &mut Payload) -> Self::Future {
        caller(request)
    }
}

impl FromRequest for DealerCaller {
    type Error = Problem;
    type Future = CallerFuture<Self>;

    fn from_request(request: &HttpRequest, _: &mut Payload) -> Self::Future {
        caller(request)
    }
}

impl FromRequest for Viewer {
    type Error = Problem;
    type Future = CallerFuture<Self>;

    fn from_request(request: &HttpRequest, _: &mut Payload) -> Self::Future {
        caller(request)
    }
}

fn caller<T: Admit>(request: &HttpRequest) -> CallerFuture<T> {
    let found = state::of(request).and_then(|shared| {
        let bearer = bearer(shared, request.headers())?;
        Ok((shared, bearer))
    });
    let (shared, bearer) = match found {
        Ok(found) => found,
        Err(problem) => return Either::Left(ready(Err(problem))),
    };
    match known(&shared.engine, bearer) {
        Known::Active(principal) => Either::Left(ready(admitted(principal))),
        Known::Revoked => Either::Left(ready(Err(ProblemCode::TokenInvalid.into()))),
        Known::Unheard => Either::Right(late(shared.engine.clone(), bearer).boxed_local()),
    }
}

/// A good token of a client that this instance has not heard of: another one made it.
async fn late<T: Admit>(engine: Engine, bearer: Bearer) -> Result<T, Problem> {
    engine.refresh().await.map_err(Problem::failed)?;
    match known(&engine, bearer) {
        Known::Active(principal) => admitted(principal),
        Known::Revoked | Known::Unheard => Err(ProblemCode::TokenInvalid.into()),
    }
}

enum Known {
    Active(Principal),
    Revoked,
    Unheard,
}

/// What the catalogue says about the token's client now: a token does not outlive a
/// revocation, and it does not carry a role that was taken away.
fn known(engine: &Engine, bearer: Bearer) -> Known {
    match engine.catalogue.current().client(bearer.client) {
        None => Known::Unheard,
        Some(client) if client.active && client.role.as_str() == bearer.role => {
            Known::Active(Principal {
                client: bearer.client,
                role: client.role,
                staff: client.staff,
            })
        }
        Some(_) => Known::Revoked,
    }
}

fn admitted<T: Admit>(principal: Principal) -> Result<T, Problem> {
    T::admit(principal).ok_or_else(|| ProblemCode::RoleNotAllowed.into())
}

fn bearer(shared: &Shared, headers: &HeaderMap) -> Result<Bearer, Problem> {
    let mut values = headers.get_all(AUTHORIZATION);
    let value = values.next().ok_or(ProblemCode::TokenMissing)?;
    if values.next().is_some() {
        return Err(ProblemCode::TokenInvalid.into());
    }
    let text = value.to_str().map_err(|_| ProblemCode::TokenInvalid)?;
    let token = match text.split_once(' ') {
        Some((scheme, token)) if scheme.eq_ignore_ascii_case("bearer") => token.trim(),
        _ => return Err(ProblemCode::TokenMissing.into()),
    };
    shared.tokens.verify(token, clock::now()).map_err(|error| {
        tracing::debug!(%error, "a token was refused");
        ProblemCode::TokenInvalid.into()
    })
}
