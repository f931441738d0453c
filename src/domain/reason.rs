//! The closed list of reasons for which a well-formed claim is refused.

use std::fmt;

use serde::{Deserialize, Serialize};

macro_rules! reasons {
    ($($(#[$doc:meta])* $name:ident = $code:literal, $zh:literal, $en:literal;)*) => {
        /// Why a claim is refused. The codes are a contract: they never change their meaning.
        #[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize, Deserialize)]
        pub enum ReasonCode {
            $($(#[$doc])* #[serde(rename = $code)] $name,)*
        }

        impl ReasonCode {
            /// Every code, in the order in which reasons are listed in an answer.
            pub const ALL: &'static [ReasonCode] = &[$(ReasonCode::$name),*];

            /// The stable code.
            pub const fn as_str(self) -> &'static str {
                match self { $(ReasonCode::$name => $code),* }
            }

            /// The sentence for people when the pack has none of its own: Chinese, English.
            pub const fn default_text(self) -> (&'static str, &'static str) {
                match self { $(ReasonCode::$name => ($zh, $en)),* }
            }

            /// The code that `text` names.
            pub fn parse(text: &str) -> Option<Self> {
                match text { $($code => Some(ReasonCode::$name),)* _ => None }
            }
        }
    };
}

reasons! {
    /// No pool serves the programme, or it has not opened yet.
    ProgrammeNotOpen = "programme_not_open", "该活动尚未开放申报", "The programme is not open for claims";
    /// The dealer is not admitted to this programme, or is suspended.
    DealerNotParticipating = "dealer_not_participating", "该经营主体未参与本活动", "The dealer does not take part in this programme";
    /// The invoice's day lies outside the pack's window.
    InvoiceOutsideWindow = "invoice_outside_window", "发票日期不在活动期内", "The invoice is dated outside the programme's window";
    /// The invoice was issued in another place.
    InvoiceElsewhere = "invoice_elsewhere", "发票开具地不在活动区域内", "The invoice was issued outside the programme's area";
    /// The new vehicle is registered in another place.
    RegisteredElsewhere = "registered_elsewhere", "新车注册登记地不在活动区域内", "The new vehicle is registered outside the programme's area";
    /// The new vehicle's registration day lies outside the pack's window.
    RegisteredOutsideWindow = "registered_outside_window", "新车注册登记日期不在活动期内", "The new vehicle was registered outside the programme's window";
    /// The invoice's seller is not the dealer that files the claim.
    SellerMismatch = "seller_mismatch", "发票销售方与申报的经营主体不一致", "The seller on the invoice is not the dealer that files the claim";
    /// The buyer is not a natural person.
    BuyerNotIndividual = "buyer_not_individual", "购买人不是个人消费者", "The buyer is not an individual";
    /// The invoice names another buyer than the applicant.
    BuyerNotApplicant = "buyer_not_applicant", "发票购买人与申请人不一致", "The buyer on the invoice is not the applicant";
    /// The price is below the lowest covered.
    PriceBelowFloor = "price_below_floor", "价格低于补贴下限", "The price is below the lowest that is covered";
    /// The price is above the highest covered.
    PriceAboveCeiling = "price_above_ceiling", "价格高于补贴上限", "The price is above the highest that is covered";
    /// What was paid plus the subsidy is not the invoice total.
    PaidMismatch = "paid_mismatch", "实付金额与补贴之和不等于发票金额", "The amount paid plus the subsidy is not the invoice total";
    /// The old vehicle is not the applicant's.
    NotOwnName = "not_own_name", "旧车不在申请人本人名下", "The old vehicle does not stand in the applicant's name";
    /// The old vehicle came into the applicant's name after the cut-off day.
    OwnNameTooLate = "own_name_too_late", "旧车登记在本人名下的时间晚于规定日期", "The old vehicle came into the applicant's name after the cut-off day";
    /// The way in which the old item was given up is not covered.
    DisposalNotAllowed = "disposal_not_allowed", "旧车处置方式不符合规定", "The old vehicle was given up in a way that is not covered";
    /// The old item was given up outside the pack's window.
    DisposalOutsideWindow = "disposal_outside_window", "旧车处置日期不在活动期内", "The old vehicle was given up outside the programme's window";
    /// The old vehicle was first registered after the last covered day for its fuel.
    OldVehicleTooNew = "old_vehicle_too_new", "旧车注册登记日期晚于规定日期", "The old vehicle was first registered too late to be covered";
    /// The programme needs an old item and the claim has none of the right kind.
    OldItemMissing = "old_item_missing", "缺少需交售的旧物品信息", "The old item that must be handed over is missing";
    /// The new vehicle's fuel is not covered.
    FuelNotCovered = "fuel_not_covered", "新车燃料类型不在补贴范围内", "The new vehicle's fuel is not covered";
    /// The new vehicle's engine is larger than covered.
    EngineTooLarge = "engine_too_large", "新车发动机排量超过规定", "The new vehicle's engine is larger than is covered";
    /// An old new-energy vehicle was replaced by a fuel vehicle.
    NevToFuel = "nev_to_fuel", "报废新能源汽车须购买新能源汽车", "An old new-energy vehicle must be replaced by a new-energy vehicle";
    /// The new item's category is not covered.
    CategoryNotCovered = "category_not_covered", "商品类别不在补贴范围内", "The category of goods is not covered";
    /// The energy or water level is not covered.
    EnergyLevelNotCovered = "energy_level_not_covered", "能效或水效等级不在补贴范围内", "The energy level is not covered";
    /// The person or vehicle already drew a scrappage award.
    AlreadyHadScrappage = "already_had_scrappage", "已享受报废更新补贴，不得重复享受", "A scrappage subsidy has already been drawn";
    /// The person or vehicle already drew a replacement award.
    AlreadyHadReplacement = "already_had_replacement", "已享受置换更新补贴，不得重复享受", "A replacement subsidy has already been drawn";
    /// The person has used the programme's limit for this category and period.
    UnitLimitReached = "unit_limit_reached", "已达到每人补贴件数上限", "The limit of units for each person has been reached";
    /// The vehicle, serial number or IMEI stands in another live claim.
    AssetAlreadyClaimed = "asset_already_claimed", "该商品或车辆已申请过补贴", "The vehicle or article stands in another claim already";
    /// The invoice stands in another live claim.
    InvoiceAlreadyClaimed = "invoice_already_claimed", "该发票已申请过补贴", "The invoice stands in another claim already";
    /// The pool is closed, frozen, or empty where the pack keeps no waiting list.
    PoolClosed = "pool_closed", "资金池已关闭", "The pool is closed";
    /// The dealer has used the largest share of the pool that one dealer may have.
    DealerShareExhausted = "dealer_share_exhausted", "该经营主体的额度份额已用完", "The dealer has used up its share of the pool";
}

impl fmt::Display for ReasonCode {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(self.as_str())
    }
}

/// One reason of a refusal.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct Reason {
    /// The stable code.
    pub code: ReasonCode,
    /// A JSON pointer to the field that caused it; empty for the whole claim.
    pub field: String,
}

impl Reason {
    /// A reason at a field.
    pub fn new(code: ReasonCode, field: impl Into<String>) -> Self {
        Self {
            code,
            field: field.into(),
        }
    }
}
