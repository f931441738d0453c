//! The closed list of what can go wrong with a request: status, code and sentences.
//!
//! The codes are a contract (RFC 9457 leaves extension members to us): they never
//! change their meaning. A refused claim is no problem but a verdict, see
//! [`crate::domain::reason`]; what is wrong with a field, see [`crate::domain::defect`].

use crate::domain::text::Lang;

macro_rules! problems {
    ($($(#[$doc:meta])* $name:ident = $status:literal, $code:literal,
        $zh_title:literal, $zh_detail:literal, $en_title:literal, $en_detail:literal;)*) => {
        /// What is wrong with a request.
        #[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash)]
        pub enum ProblemCode {
            $($(#[$doc])* $name,)*
        }

        impl ProblemCode {
            /// Every code.
            pub const ALL: &'static [ProblemCode] = &[$(ProblemCode::$name),*];

            /// The HTTP status.
            pub const fn status(self) -> u16 {
                match self { $(ProblemCode::$name => $status),* }
            }

            /// The stable code.
            pub const fn as_str(self) -> &'static str {
                match self { $(ProblemCode::$name => $code),* }
            }

            /// What kind of thing is wrong, in a few words.
            pub const fn title(self, lang: Lang) -> &'static str {
                match (self, lang) { $(
                    (ProblemCode::$name, Lang::Zh) => $zh_title,
                    (ProblemCode::$name, Lang::En) => $en_title,
                )* }
            }

            /// What happened and what to do about it.
            pub const fn detail(self, lang: Lang) -> &'static str {
                match (self, lang) { $(
                    (ProblemCode::$name, Lang::Zh) => $zh_detail,
                    (ProblemCode::$name, Lang::En) => $en_detail,
                )* }
            }
        }
    };
}

problems! {
    /// A request that cannot be read as HTTP, for reasons that have no code of their own.
    BadRequest = 400, "bad_request",
        "请求无法识别", "请求不完整或格式有误，请检查后重新发送。",
        "Bad request", "The request is incomplete or malformed. Check it and send it again.";
    /// The body is not JSON.
    JsonUnreadable = 400, "json_unreadable",
        "请求体不是有效的 JSON", "请求体无法作为 UTF-8 编码的 JSON 读取。",
        "The body is not JSON", "The body cannot be read as JSON in UTF-8.";
    /// A creating call without `Idempotency-Key`.
    IdempotencyKeyMissing = 400, "idempotency_key_missing",
        "缺少 Idempotency-Key", "请在请求头 Idempotency-Key 中提供 8 至 128 个可见 ASCII 字符；重试时使用同一个键。",
        "Idempotency-Key is missing", "Send the header Idempotency-Key with 8 to 128 visible ASCII characters, and the same key when you try again.";
    /// An `Idempotency-Key` of another form.
    IdempotencyKeyMalformed = 400, "idempotency_key_malformed",
        "Idempotency-Key 格式不正确", "Idempotency-Key 须为 8 至 128 个可见 ASCII 字符，且只能出现一次。",
        "Idempotency-Key is malformed", "Idempotency-Key must be 8 to 128 visible ASCII characters and stand once.";
    /// No token.
    TokenMissing = 401, "token_missing",
        "缺少访问令牌", "请先通过 POST /oauth/token 获取令牌，并放入请求头 Authorization: Bearer。",
        "No access token", "Get a token from POST /oauth/token and send it as Authorization: Bearer.";
    /// A token that is not ours, has run out, or whose client is revoked.
    TokenInvalid = 401, "token_invalid",
        "访问令牌无效", "令牌无效、已过期或其客户端已被停用，请重新获取令牌。",
        "The access token is not valid", "The token is not valid, has expired, or its client was revoked. Get a new one.";
    /// A known caller whose role does not allow the call.
    RoleNotAllowed = 403, "role_not_allowed",
        "无权执行此操作", "当前客户端的角色不允许执行此操作。",
        "Not yours to do", "The role of this client does not allow this call.";
    /// No such address.
    NotFound = 404, "not_found",
        "地址不存在", "没有这个地址，请查看 /openapi.json。",
        "No such address", "There is nothing at this address. See /openapi.json.";
    /// No such claim, or not the caller's to see, or the tails do not match.
    ClaimNotFound = 404, "claim_not_found",
        "未找到申请", "没有与所给信息相符且可供查看的申请。",
        "No such claim", "There is no claim that matches what was given and that you may see.";
    /// No such pool.
    PoolNotFound = 404, "pool_not_found",
        "未找到资金池", "没有这个名称的资金池。",
        "No such pool", "There is no pool of this name.";
    /// An address that does not take this method.
    MethodNotAllowed = 405, "method_not_allowed",
        "不支持此请求方法", "此地址不支持该方法，支持的方法见响应头 Allow。",
        "Method not allowed", "This address does not take this method. The header Allow lists those that it takes.";
    /// A body that came too slowly.
    BodyTooSlow = 408, "body_too_slow",
        "请求体接收超时", "请求体未能在规定时间内全部到达，请重试。",
        "The body came too slowly", "The body did not arrive in time. Try again.";
    /// An act that the claim's state does not allow.
    WrongState = 409, "wrong_state",
        "当前状态不允许此操作", "申请的当前状态不允许此操作。",
        "Not possible in this state", "The state of the claim does not allow this.";
    /// `If-Match` names another version.
    VersionStale = 412, "version_stale",
        "版本已变更", "If-Match 中的版本不是申请的当前版本，请重新读取后再试。",
        "The version is stale", "If-Match does not name the current version of the claim. Read it again first.";
    /// A body above the limit.
    BodyTooLarge = 413, "body_too_large",
        "请求体过大", "请求体不得超过 64 KiB。",
        "The body is too large", "The body may have at most 64 KiB.";
    /// Another `Content-Type` than the call takes.
    MediaTypeUnsupported = 415, "media_type_unsupported",
        "不支持的内容类型", "此地址不接受该 Content-Type；/v1 下须为 application/json，/oauth/token 须为 application/x-www-form-urlencoded。",
        "Unsupported media type", "This address does not take this Content-Type: calls under /v1 take application/json, /oauth/token takes application/x-www-form-urlencoded.";
    /// A compressed body.
    EncodingUnsupported = 415, "encoding_unsupported",
        "不支持压缩的请求体", "请求体不得使用 Content-Encoding 压缩。",
        "Compressed bodies are not taken", "Send the body without Content-Encoding.";
    /// Another charset than UTF-8.
    CharsetUnsupported = 415, "charset_unsupported",
        "不支持的字符编码", "请求体须使用 UTF-8 编码。",
        "Unsupported charset", "The body must be in UTF-8.";
    /// A claim with defects of form.
    ClaimMalformed = 422, "claim_malformed",
        "申请内容不符合要求", "申请存在格式问题，全部列于 errors；未保留任何内容。",
        "The claim is malformed", "The claim has defects, all listed in errors. Nothing was kept.";
    /// Another body with defects of form.
    BodyMalformed = 422, "body_malformed",
        "请求内容不符合要求", "请求体存在格式问题，全部列于 errors。",
        "The body is malformed", "The body has defects, all listed in errors.";
    /// Query parameters with defects.
    QueryMalformed = 422, "query_malformed",
        "查询参数不正确", "查询参数存在问题，全部列于 errors。",
        "The query is malformed", "The query parameters have defects, all listed in errors.";
    /// The same key with another body.
    IdempotencyKeyReused = 422, "idempotency_key_reused",
        "Idempotency-Key 已用于其他内容", "该 Idempotency-Key 已用于内容不同的请求，请为新申请使用新的键。",
        "Idempotency-Key was used before", "This Idempotency-Key was used with another body. Use a new key for a new claim.";
    /// `If-Match` is needed.
    VersionMissing = 428, "version_missing",
        "缺少 If-Match", "请在请求头 If-Match 中提供申请的 ETag。",
        "If-Match is missing", "Send the ETag of the claim as If-Match.";
    /// Asked too often.
    TooManyRequests = 429, "too_many_requests",
        "请求过于频繁", "请求过于频繁，请按响应头 Retry-After 稍后再试。",
        "Too many requests", "Too many requests. Try again after the time in the header Retry-After.";
    /// A fault of ours.
    Internal = 500, "internal",
        "服务内部错误", "服务发生内部错误，请凭响应头 X-Request-Id 联系管理部门。",
        "Internal error", "Something went wrong here. Quote the header X-Request-Id when you report it.";
    /// The queue of the pool is full; nothing was taken.
    Overloaded = 503, "overloaded",
        "当前申报量过大", "请求未被受理，请按响应头 Retry-After 以同一 Idempotency-Key 重试。",
        "Overloaded", "The request was not taken. Try again with the same Idempotency-Key after the time in the header Retry-After.";
    /// The database does not answer, or the outcome is not known.
    Unavailable = 503, "unavailable",
        "服务暂不可用", "服务暂不可用，请按响应头 Retry-After 稍后重试；提交申请时使用同一 Idempotency-Key。",
        "Unavailable", "The service is not available. Try again after the time in the header Retry-After, claims with the same Idempotency-Key.";
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn codes_stand_once_and_texts_differ_by_language() {
        for (i, code) in ProblemCode::ALL.iter().enumerate() {
            assert!((400..600).contains(&code.status()), "{code:?}");
            assert!(
                ProblemCode::ALL[..i]
                    .iter()
                    .all(|c| c.as_str() != code.as_str()),
                "{code:?}"
            );
            assert!(code.title(Lang::En).is_ascii() && code.detail(Lang::En).is_ascii());
            assert!(!code.title(Lang::Zh).is_ascii() || code.title(Lang::Zh).contains('-'));
            assert!(!code.detail(Lang::Zh).is_ascii());
        }
    }
}
