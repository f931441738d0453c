//! Dealers as the bureau changes them, and the accounts to which they are paid.

use serde::{Deserialize, Serialize};
use utoipa::ToSchema;

/// A dealer to be admitted.
#[derive(Debug, Clone, Serialize, Deserialize, ToSchema)]
#[serde(deny_unknown_fields)]
pub struct NewDealer {
    /// Unified social credit code.
    #[schema(example = "91419001MA0000001N")]
    pub uscc: String,
    /// Name as on the licence.
    #[schema(example = "济源市示范汽车销售有限公司", max_length = 200)]
    pub name: String,
    /// The programmes that it takes part in.
    #[serde(default)]
    #[schema(example = json!(["henan-car-replacement-2025"]), max_items = 100)]
    pub programmes: Vec<String>,
}

/// A dealer that was admitted, with credentials that are told this once.
#[derive(Debug, Clone, Serialize, Deserialize, ToSchema)]
#[serde(deny_unknown_fields)]
pub struct AdmittedDealer {
    /// Its id.
    #[schema(example = "0199a7b0-5555-7222-8333-444455556666", format = "uuid")]
    pub dealer_id: String,
    /// Its name: the one that it has had since it was first admitted.
    #[schema(example = "济源市示范汽车销售有限公司")]
    pub name: String,
    /// For `POST /oauth/token`.
    #[schema(example = "0199a7b0-1111-7222-8333-444455556666")]
    pub client_id: String,
    /// For `POST /oauth/token`.
    #[schema(example = "the-secret-that-is-told-once")]
    pub client_secret: String,
    /// What somebody should look at: `name_taken`, another dealer has this name too.
    #[schema(example = json!([]))]
    pub warnings: Vec<String>,
}

/// A dealer as the bureau sees it.
#[derive(Debug, Clone, Serialize, Deserialize, ToSchema)]
#[serde(deny_unknown_fields)]
pub struct DealerFile {
    /// Unified social credit code.
    #[schema(example = "91419001MA0000001N")]
    pub uscc: String,
    /// Its name.
    #[schema(example = "济源市示范汽车销售有限公司")]
    pub name: String,
    /// Whether it may file.
    pub status: DealerStatus,
    /// The programmes it takes part in.
    #[schema(example = json!(["henan-car-replacement-2025"]))]
    pub programmes: Vec<String>,
    /// Where it is paid.
    pub bank_account: Accounts,
    /// What people of the bureau changed about it, and its own people about their logins; the last
    /// first, at most a hundred.
    pub changes: Vec<DealerChange>,
}

/// How a dealer stands.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize, ToSchema)]
#[serde(rename_all = "snake_case")]
pub enum DealerStatus {
    /// It files claims.
    Active,
    /// It files nothing new; its claims go on.
    Suspended,
    /// It is gone for good; its claims go on and are paid.
    Removed,
}

/// A change of a dealer.
#[derive(Debug, Clone, Serialize, Deserialize, ToSchema)]
#[serde(deny_unknown_fields)]
pub struct DealerChange {
    /// When.
    #[schema(example = "2025-04-01T02:00:00.123456Z", format = "date-time")]
    pub at: String,
    /// The login of who changed it.
    #[schema(example = "qian")]
    pub by: String,
    /// Whose person that is: `bureau` or `dealer`.
    #[schema(example = "bureau")]
    pub side: String,
    /// `admitted`, `suspended`, `resumed`, `removed`, `account_proposed`, `account_confirmed`,
    /// `account_refused`, `login_offered` or `login_closed`.
    #[schema(example = "suspended")]
    pub what: String,
    /// Why, in his words; of a login, which one.
    #[schema(required, example = "发票核查期间暂停申报。")]
    pub why: Option<String>,
}

/// An account that is proposed.
#[derive(Debug, Clone, Serialize, Deserialize, ToSchema)]
#[serde(deny_unknown_fields)]
pub struct NewAccount {
    /// The holder.
    #[schema(example = "济源市示范汽车销售有限公司", max_length = 70)]
    pub name: String,
    /// The number; blanks do not count.
    #[schema(example = "6225881414207430")]
    pub number: String,
    /// The bank with its branch, a BIC, or a clearing code of twelve digits.
    #[schema(example = "中国工商银行济源分行", max_length = 70)]
    pub bank: String,
}

/// Where a dealer is paid now, and where it may be paid soon.
#[derive(Debug, Clone, Serialize, Deserialize, ToSchema)]
#[serde(deny_unknown_fields)]
pub struct Accounts {
    /// The account that is used now.
    #[schema(required)]
    pub in_force: Option<Account>,
    /// Changes that are not used yet, the oldest first: waiting for a second person, or for the
    /// end of the waiting time.
    pub pending: Vec<Account>,
}

/// An account of a dealer.
#[derive(Debug, Clone, Serialize, Deserialize, ToSchema)]
#[serde(deny_unknown_fields)]
pub struct Account {
    /// Its id.
    #[schema(example = "0199a7b0-6666-7222-8333-444455556666", format = "uuid")]
    pub id: String,
    /// The holder.
    #[schema(example = "济源市示范汽车销售有限公司")]
    pub name: String,
    /// Whether the holder's name is that of the dealer.
    #[schema(example = true)]
    pub is_dealers_name: bool,
    /// The number, masked.
    #[schema(example = "6225********7430")]
    pub number: String,
    /// The bank.
    #[schema(example = "中国工商银行济源分行")]
    pub bank: String,
    /// `proposed` or `confirmed`.
    #[schema(example = "confirmed")]
    pub state: String,
    /// `dealer` or `bureau`.
    #[schema(example = "dealer")]
    pub proposed_by: String,
    /// When.
    #[schema(example = "2025-04-01T02:00:00.123456Z", format = "date-time")]
    pub proposed_at: String,
    /// From when money goes there, once it is confirmed.
    #[schema(
        required,
        example = "2025-04-08T02:00:00.123456Z",
        format = "date-time"
    )]
    pub used_from: Option<String>,
}

/// An account that is not used yet, with its dealer.
#[derive(Debug, Clone, Serialize, Deserialize, ToSchema)]
#[serde(deny_unknown_fields)]
pub struct WaitingAccount {
    /// The dealer's credit code.
    #[schema(example = "91419001MA0000001N")]
    pub uscc: String,
    /// The dealer's name.
    #[schema(example = "济源市示范汽车销售有限公司")]
    pub dealer: String,
    /// The account.
    pub account: Account,
}

/// A page of accounts that are not used yet.
#[derive(Debug, Clone, Serialize, Deserialize, ToSchema)]
#[serde(deny_unknown_fields)]
pub struct WaitingAccountPage {
    /// The accounts, the first proposed first.
    pub items: Vec<WaitingAccount>,
    /// What to send as `cursor` for the next page; null at the end.
    #[schema(required, example = json!(null))]
    pub next_cursor: Option<String>,
}
