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
    /// A page for people who are signed in; pages send there.
    SignInNeeded = 401, "sign_in_needed",
        "请先登录", "此页面需要登录后查看。",
        "Please sign in", "This page is for people who are signed in.";
    /// A form that came from another site, or from a session that has ended.
    FormForeign = 403, "form_foreign",
        "表单已失效", "此表单不是由当前登录的页面提交的，请返回并刷新页面后重试。",
        "The form is out of date", "This form does not come from the page of your present session. Go back, load the page again and send it once more.";
    /// A known caller whose role does not allow the call.
    RoleNotAllowed = 403, "role_not_allowed",
        "无权执行此操作", "当前客户端的角色不允许执行此操作。",
        "Not yours to do", "The role of this client does not allow this call.";
    /// Whoever prepared something does not decide it.
    SecondPersonRequired = 403, "second_person_required",
        "须由第二人办理", "经办人不得复核自己经办的事项，请由另一人办理。",
        "A second person is needed", "Whoever prepared this may not decide it. Another person must.";
    /// Who changed a dealer decides none of its claims.
    ConflictOfInterest = 403, "conflict_of_interest",
        "须回避", "您变更过该经营主体的信息，不得审批其申请。",
        "Conflict of interest", "You changed this dealer, so another person must approve its claims.";
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
    /// No such batch, receivable, flag or paper.
    NoSuchObject = 404, "no_such_object",
        "未找到", "没有这个编号或名称的对象。",
        "Nothing of this name", "There is nothing of this id or name.";
    /// A code to enrol with that was never given out, was used, or is too old.
    EnrolmentUnknown = 404, "enrolment_unknown",
        "注册链接无效", "此链接无效、已使用或已过期，请向管理员索取新的链接。",
        "The link is not valid", "This link is not valid, was used or is too old. Ask for a new one.";
    /// A paper that the pack does not ask for.
    PaperNotAsked = 404, "paper_not_asked",
        "无需此材料", "该活动不要求这种材料，所需材料见申请的 due。",
        "The paper is not asked for", "The programme does not ask for this paper. The claim's due lists those that it does.";
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
    /// Another reviewer has the claim on his desk.
    LeasedElsewhere = 409, "leased_elsewhere",
        "正由他人审核", "该申请正由另一审核人员办理，到期或办结后方可领取。",
        "Another reviewer has it", "Another reviewer has this claim on the desk until his time ends.";
    /// A flag keeps the claim apart.
    KeptApart = 409, "kept_apart",
        "申请有待核查事项", "申请存在待核查标记，须先处理标记。",
        "A flag keeps it apart", "The claim has a flag that somebody must look at first.";
    /// The deadline has passed.
    DeadlinePassed = 409, "deadline_passed",
        "已过期限", "办理期限已过，不能再办理此操作。",
        "The deadline has passed", "The time for this has passed: it can no longer be done.";
    /// It was given back as often as allowed.
    RoundsExhausted = 409, "rounds_exhausted",
        "补正次数已用完", "该申请的补正次数已达上限，只能推荐通过或提议驳回。",
        "No more corrections", "The claim was given back as often as allowed. Recommend or reject it.";
    /// The claim has no invoice yet.
    InvoiceMissing = 409, "invoice_missing",
        "尚无发票信息", "该申请尚未提交发票信息。",
        "The invoice is missing", "The claim has no invoice yet.";
    /// A claim whose invoice stands as far as anybody has told.
    InvoiceNotVoided = 409, "invoice_not_voided",
        "发票未作废", "已导入的作废发票清单中没有该申请的发票，不能据此追回。",
        "The invoice was not voided", "No list of voided invoices that was imported names the invoice of this claim.";
    /// The claim has an invoice already.
    InvoiceThere = 409, "invoice_there",
        "已有发票信息", "该申请已有发票信息，更正请通过补正办理。",
        "The invoice is there", "The claim has an invoice already. It changes by correction only.";
    /// A withdrawal that stays.
    UndoTooLate = 409, "undo_too_late",
        "无法恢复", "恢复时限已过，或资金已递补给他人。",
        "It cannot be taken back", "The time has passed, or the money has gone to somebody who waited.";
    /// Another claim names the same by now.
    ClaimedElsewhere = 409, "claimed_elsewhere",
        "已被其他申请占用", "车辆、商品、发票或名额已被其他申请占用。",
        "Claimed elsewhere", "Another claim names the same vehicle, article, invoice or place by now.";
    /// A refusal that cannot be contested.
    NotAppealable = 409, "not_appealable",
        "不可申诉", "该活动不设申诉，或申诉期限已过，或已申诉过一次。",
        "No appeal", "The programme has no appeals, their time has passed, or there was one.";
    /// What is set aside does not suffice.
    AsideExhausted = 409, "aside_exhausted",
        "争议备用金不足", "资金池的争议备用金不足，请先增加。",
        "Too little is set aside", "What the pool has set aside for appeals does not suffice.";
    /// A stage of the pool is stopped.
    StageStopped = 409, "stage_stopped",
        "该环节已暂停", "资金池的该环节已暂停。",
        "This stage is stopped", "This stage of the pool is stopped for now.";
    /// Nothing is there to be paid.
    NothingToPay = 409, "nothing_to_pay",
        "没有可拨付的申请", "目前没有可拨付的已审核申请。",
        "Nothing to pay", "No approved claim can be paid now.";
    /// The file of a batch that is not released.
    NotReleased = 409, "not_released",
        "批次尚未放行", "批次须由第二人放行后方可导出。",
        "Not released", "A second person must release the batch before it has a file.";
    /// A batch that was released before.
    AlreadyReleased = 409, "already_released",
        "批次已放行", "该批次已放行。",
        "Released before", "The batch was released before.";
    /// A batch that was discarded before.
    AlreadyDiscarded = 409, "already_discarded",
        "批次已作废", "该批次已作废，申请已回到待拨付状态，请重新封存批次。",
        "Discarded before", "The batch was discarded before. Its claims are approved again: seal another batch.";
    /// Nobody is named whose account is debited.
    PayerUnknown = 409, "payer_unknown",
        "未设置付款人", "请先在设置中填写付款人名称和账号。",
        "The payer is not known", "Set the payer's name and account in the settings first.";
    /// The sample is not examined, or it failed.
    SampleNotExamined = 409, "sample_not_examined",
        "抽样未完成", "抽样申请须全部逐一审核通过后方可批量审批。",
        "The sample is not examined", "Every claim of the sample must be approved one by one first.";
    /// As many webhook endpoints as a dealer may have.
    WebhookLimit = 409, "webhook_limit",
        "推送地址数量已达上限", "每个经营主体最多可登记 5 个推送地址，请先删除不用的地址。",
        "Too many webhook endpoints", "A dealer may have 5 webhook endpoints. Delete one that is not used first.";
    /// A stage that is stopped is stopped again, or one that goes on resumed.
    StageUnchanged = 409, "stage_unchanged",
        "该环节状态未变", "资金池的该环节已处于所要求的状态。",
        "The stage is so already", "This stage of the pool is stopped, or goes on, as was asked.";
    /// A proposal that was decided before.
    AlreadyDecided = 409, "already_decided",
        "提案已办结", "该提案已通过或已否决，不可再次办理。",
        "Decided before", "The proposal was approved or refused before.";
    /// A pack that this version of the service reads otherwise than when it was proposed.
    PackChanged = 409, "pack_changed",
        "补贴规则包已不适用", "当前版本的服务对该规则包的解读与提案时不同，请否决后重新提交。",
        "The pack is read otherwise", "This version of the service reads the pack otherwise than when it was proposed. Refuse the proposal and send the pack again.";
    /// The sample of a bulk approval was drawn before.
    AlreadyDrawn = 409, "already_drawn",
        "样本已抽取", "该批量审批的名单已冻结，样本已抽取，不能再次抽取。",
        "The sample was drawn before", "The list of this bulk approval is frozen and its sample is drawn. It cannot be drawn again.";
    /// A sampled claim was not approved, so the rest is not either.
    BulkVoid = 409, "bulk_void",
        "批量审批已作废", "有抽样申请未通过审核，该批量审批已作废；名单中的其他申请请逐一审核或重新发起批量审批。",
        "The bulk approval is void", "A sampled claim was not approved, so this bulk approval is void. Decide the other claims one by one or begin another bulk approval.";
    /// No claim of the pool is low-risk now.
    NothingToApprove = 409, "nothing_to_approve",
        "没有可批量审批的申请", "该资金池目前没有符合条件的低风险申请，请稍后再试。",
        "Nothing to approve in bulk", "No claim of this pool is low-risk and waits for approval now. Try again later.";
    /// A dealer that was removed.
    DealerRemoved = 409, "dealer_removed",
        "经营主体已退出", "该经营主体已退出，不能恢复；其已审核的申请照常拨付。",
        "The dealer was removed", "The dealer was removed for good. What is approved of its claims is still paid.";
    /// An account about which nothing is to be decided.
    AccountNotPending = 409, "account_not_pending",
        "账户无待办事项", "该账户已生效或已被否决，请重新读取后再试。",
        "Nothing to decide", "The account is in force or was refused. Read the accounts again.";
    /// `If-Match` names another version.
    VersionStale = 412, "version_stale",
        "版本已变更", "If-Match 中的版本不是申请的当前版本，请重新读取后再试。",
        "The version is stale", "If-Match does not name the current version of the claim. Read it again first.";
    /// A body above the limit.
    BodyTooLarge = 413, "body_too_large",
        "请求体过大", "请求体超过此地址的上限，JSON 请求体不得超过 64 KiB。",
        "The body is too large", "The body is above the limit of this address. JSON may have at most 64 KiB.";
    /// A paper that is too large.
    PaperTooLarge = 413, "paper_too_large",
        "文件过大", "文件不得超过 10 MiB。",
        "The file is too large", "A file may have at most 10 MiB.";
    /// A file of another kind.
    PaperTypeUnknown = 415, "paper_type_unknown",
        "不支持的文件类型", "仅接受 PDF、OFD、JPEG、PNG 文件。",
        "The kind of file is not taken", "Only PDF, OFD, JPEG and PNG files are taken.";
    /// A file of another kind than was said.
    PaperTypeMismatch = 415, "paper_type_mismatch",
        "文件类型不符", "文件内容与 Content-Type 不符。",
        "The file is of another kind", "The file is not what Content-Type says.";
    /// Another `Content-Type` than the call takes.
    MediaTypeUnsupported = 415, "media_type_unsupported",
        "不支持的内容类型", "此地址不接受该 Content-Type，可接受的类型见 /openapi.json。",
        "Unsupported media type", "This address does not take this Content-Type. See /openapi.json for those that it takes.";
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
    /// A paper without bytes.
    PaperEmpty = 422, "paper_empty",
        "文件为空", "文件没有内容。",
        "The file is empty", "The file has no content.";
    /// A paper that is cut short.
    PaperDamaged = 422, "paper_damaged",
        "文件已损坏", "文件不完整或已损坏，请重新生成后上传。",
        "The file is damaged", "The file is incomplete or damaged. Make it again.";
    /// A picture with too many pixels.
    PaperImageTooLarge = 422, "paper_image_too_large",
        "图片尺寸过大", "图片像素过多，请缩小后上传。",
        "The picture is too large", "The picture has too many pixels. Make it smaller.";
    /// A paper that is encrypted.
    PaperEncrypted = 422, "paper_encrypted",
        "文件已加密", "请上传未加密的文件。",
        "The file is encrypted", "Send the file without encryption.";
    /// More than what is held or owed.
    AmountAboveHold = 422, "amount_above_hold",
        "金额超出", "金额超过已预留或应退的金额。",
        "The amount is too high", "The amount is above what is held or owed.";
    /// More than what is free in a pool.
    AmountAboveFree = 422, "amount_above_free",
        "金额超出可用余额", "金额超过资金池的可用余额。",
        "More than what is free", "The amount is above what is free in the pool.";
    /// More than a pool may have.
    CapExceeded = 422, "cap_exceeded",
        "超出资金池上限", "资金池总额将超过允许的最大金额。",
        "More than a pool may have", "The pool would exceed the largest amount that a pool may have.";
    /// A transfer from a pool to itself.
    SamePool = 422, "same_pool",
        "调出与调入资金池相同", "调出和调入的资金池不得相同。",
        "The same pool", "A pool transfers nothing to itself.";
    /// A claim that would be refused as it is now.
    ClaimIneligible = 422, "claim_ineligible",
        "更正后的申请不符合条件", "更正后的申请不符合条件，原因全部列于 errors；申请未变更。",
        "The claim would be refused", "As it is now the claim would be refused, for all reasons in errors. It was not changed.";
    /// A file of outcomes or a programme's pack with mistakes.
    FileMalformed = 422, "file_malformed",
        "文件内容有误", "文件内容有误，错误及其位置见 at；该文件未被采用，请更正后重新提交。",
        "The file is malformed", "The file has mistakes; at says which and where. Nothing of it was taken: mend it and send it again.";
    /// A webhook URL that is not called.
    WebhookUrlRefused = 422, "webhook_url_refused",
        "推送地址不可用", "推送地址须为公网可访问的 https 地址，具体原因见 at。",
        "The webhook URL is refused", "A webhook goes to a public https address only. The reason is named in at.";
    /// More rows than a workbook is made for.
    ExportTooLarge = 422, "export_too_large",
        "导出内容过大", "该资金池的记录超出工作簿的上限，请改用 format=jsonl 导出。",
        "The export is too large", "The pool has more records than a workbook is made for. Ask for format=jsonl.";
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
    /// A dealer files faster than the programme allows.
    DealerRateExceeded = 429, "dealer_rate_exceeded",
        "申报速度超过上限", "该活动限制每个经营主体的申报速度，请求未被受理；请按响应头 Retry-After 以同一 Idempotency-Key 重试。",
        "Filing too fast", "The programme limits how fast one dealer files. The claim was not taken: send it again with the same Idempotency-Key after the time in the header Retry-After.";
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
