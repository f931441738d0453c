//! Problems in the words of people at a page: they know nothing of headers, bodies and keys.

use crate::domain::text::Lang;
use crate::http::problem::ProblemCode;

/// A title, and what happened and what to do.
type Words = (&'static str, &'static str);

/// What a page says of a problem.
pub fn words(code: ProblemCode, lang: Lang) -> Words {
    let (zh, en) = match code {
        ProblemCode::VersionStale | ProblemCode::VersionMissing => CHANGED,
        ProblemCode::IdempotencyKeyReused => SENT_BEFORE,
        ProblemCode::ClaimMalformed | ProblemCode::BodyMalformed | ProblemCode::QueryMalformed => {
            NOT_RIGHT
        }
        ProblemCode::ClaimIneligible => REFUSED,
        ProblemCode::FileMalformed => FILE,
        ProblemCode::PaperTypeMismatch => OTHER_KIND,
        ProblemCode::BodyTooLarge => TOO_MUCH,
        ProblemCode::BodyTooSlow => TOO_SLOW,
        ProblemCode::NotFound => NO_PAGE,
        ProblemCode::PaperNotAsked => NOT_ASKED,
        ProblemCode::TokenMissing | ProblemCode::TokenInvalid => SIGN_IN,
        ProblemCode::RoleNotAllowed => NOT_YOURS,
        ProblemCode::JsonUnreadable
        | ProblemCode::IdempotencyKeyMissing
        | ProblemCode::IdempotencyKeyMalformed
        | ProblemCode::MethodNotAllowed
        | ProblemCode::MediaTypeUnsupported
        | ProblemCode::EncodingUnsupported
        | ProblemCode::CharsetUnsupported => NOT_WHOLE,
        ProblemCode::TooManyRequests => TOO_OFTEN,
        ProblemCode::DealerRateExceeded => TOO_FAST,
        ProblemCode::Internal => OUR_FAULT,
        ProblemCode::Overloaded => CROWDED,
        ProblemCode::Unavailable => AWAY,
        _ => return (code.title(lang), code.detail(lang)),
    };
    match lang {
        Lang::Zh => zh,
        Lang::En => en,
    }
}

/// Both languages, Chinese first.
type Both = (Words, Words);

const CHANGED: Both = (
    (
        "申请已有变化",
        "打开此页后申请已被更新，尚未办理任何操作。请核对最新内容后再办理。",
    ),
    (
        "The claim has changed",
        "It changed since this page was opened, and nothing was done. Look at what it says now, then decide.",
    ),
);

const SENT_BEFORE: Both = (
    (
        "此表单已提交过",
        "它已用于另一项内容。请核对下方内容，确需办理的再次提交。",
    ),
    (
        "This form was sent before",
        "It was used for something else. Look at what stands below and send it again if you mean it.",
    ),
);

const NOT_RIGHT: Both = (
    ("填写有误", "请更正下列标出的内容后再提交。"),
    (
        "Something is not right",
        "Please correct what is marked and send it again.",
    ),
);

const REFUSED: Both = (
    (
        "更正后的申请不符合条件",
        "更正后的申请不符合条件，原因如下；申请未变更。",
    ),
    (
        "The claim would be refused",
        "As it is now the claim would be refused, for the reasons below. It was not changed.",
    ),
);

const FILE: Both = (
    ("文件内容有误", "文件未被采用，请按下列位置更正后重新上传。"),
    (
        "The file is malformed",
        "Nothing of it was taken. Mend it at these places and send it again.",
    ),
);

const OTHER_KIND: Both = (
    (
        "文件类型不符",
        "文件内容与其类型不符，请选择正确的文件后重新上传。",
    ),
    (
        "The file is of another kind",
        "What is in the file is not what its name says. Choose the right one and send it again.",
    ),
);

const TOO_MUCH: Both = (
    (
        "内容过大",
        "提交的内容超过上限，请减少内容或缩小文件后重试。",
    ),
    (
        "Too much at once",
        "This is more than can be taken. Send less, or a smaller file.",
    ),
);

const TOO_SLOW: Both = (
    (
        "上传超时",
        "内容未能在规定时间内全部到达，请检查网络后重试。",
    ),
    (
        "Too slow",
        "Not everything arrived in time. Look at your network and send it again.",
    ),
);

const NO_PAGE: Both = (
    ("页面不存在", "没有这个页面，请检查地址是否完整。"),
    (
        "No such page",
        "There is nothing at this address. Check that it is complete.",
    ),
);

const NOT_ASKED: Both = (
    ("无需此材料", "该活动不要求这种材料，所需材料见申请页面。"),
    (
        "The paper is not asked for",
        "The programme does not ask for this paper. The claim's page lists those that it does.",
    ),
);

const SIGN_IN: Both = (
    ("请先登录", "请登录后再办理。"),
    ("Please sign in", "This is for people who are signed in."),
);

const NOT_YOURS: Both = (
    ("无权执行此操作", "您的角色不办理此事项。"),
    ("Not yours to do", "This is not for your role."),
);

const NOT_WHOLE: Both = (
    ("表单不完整", "请返回并重新打开页面后再提交。"),
    (
        "The form is not whole",
        "Go back, open the page anew and send it again.",
    ),
);

const TOO_OFTEN: Both = (
    ("操作过于频繁", "请稍等片刻再试。"),
    ("Too often", "Please wait a while, then try again."),
);

const TOO_FAST: Both = (
    (
        "申报速度超过上限",
        "该活动限制每个经营主体的申报速度，此次申报未被受理，请稍后重新提交。",
    ),
    (
        "Filing too fast",
        "The programme limits how fast one dealer files. The claim was not taken: send it again in a while.",
    ),
);

const OUR_FAULT: Both = (
    (
        "服务内部错误",
        "服务发生内部错误，请稍后再试；仍不能办理的，请联系管理部门并告知发生时间。",
    ),
    (
        "Internal error",
        "Something went wrong here. Try again later; if it stays so, tell the bureau when it happened.",
    ),
);

const CROWDED: Both = (
    (
        "当前申报量过大",
        "此次提交未被受理，请稍后在同一页面重新提交，不会重复申报。",
    ),
    (
        "Overloaded",
        "This was not taken. Send it again from the same page in a while; it is never filed twice.",
    ),
);

const AWAY: Both = (
    (
        "服务暂不可用",
        "请稍后再试。如刚提交了内容，请在同一页面重新提交或刷新查看结果，不会重复办理。",
    ),
    (
        "Not available now",
        "Try again in a while. If you have just sent something, send it again from the same page, or look at what became of it.",
    ),
);

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn people_are_told_nothing_of_machines() {
        let of_machines = [
            "Idempotency",
            "If-Match",
            "Retry-After",
            "X-Request-Id",
            "ETag",
            "openapi",
            "JSON",
            "Content-",
            "Authorization",
            "Bearer",
            "header",
            "请求头",
            "响应头",
            "请求体",
            "errors",
            "token",
            "令牌",
            "client",
            "客户端",
            "due",
        ];
        let found = |text: &str| of_machines.iter().any(|word| text.contains(word));
        for code in ProblemCode::ALL.iter().copied() {
            for lang in [Lang::Zh, Lang::En] {
                let (title, detail) = words(code, lang);
                assert!(
                    !found(title) && !found(detail),
                    "{code:?}: {title}: {detail}"
                );
            }
        }
        // What is looked for is there to be found.
        assert!(found(ProblemCode::Unavailable.detail(Lang::En)));
    }
}
