//! What every page has: its language, where it stands, and who is signed in.

use actix_web::dev::Payload;
use actix_web::{FromRequest, HttpRequest};
use std::future::{Ready, ready};

use super::{assets, session};
use crate::domain::money::Fen;
use crate::domain::text::Lang;
use crate::domain::time::Timestamp;
use crate::http::lang;
use crate::http::place::nearest_page;
use crate::http::problem::Problem;
use crate::http::state;
use crate::operations::sign_in::form_token;

/// Where a page belongs, for its navigation.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Area {
    /// For everybody.
    Public,
    /// A dealer's.
    Dealer,
    /// The bureau's.
    Bureau,
}

/// Who is signed in.
#[derive(Debug, Clone)]
pub struct Who {
    /// The name that he typed.
    pub login: String,
    /// The name of his dealer.
    pub dealer: Option<String>,
    /// In which role he acts, of the bureau's.
    pub role: Option<String>,
    /// Every role that he has.
    pub roles: Vec<String>,
}

/// What every template is given.
#[derive(Debug, Clone)]
pub struct Frame {
    /// The language.
    pub lang: Lang,
    /// Where the page belongs.
    pub area: Area,
    /// Path and query of the page; of a form that was sent, the page that it belongs to.
    pub here: String,
    /// Who is signed in.
    pub who: Option<Who>,
    /// What every form of a session carries.
    pub form_token: String,
}

/// An entry of the navigation.
#[derive(Debug, Clone, Copy)]
pub struct Entry {
    /// Where it leads.
    pub path: &'static str,
    /// Its Chinese word.
    pub zh: &'static str,
    /// Its English word.
    pub en: &'static str,
    /// Roles that see it; everybody where there is none.
    pub roles: &'static [&'static str],
}

const fn entry(path: &'static str, zh: &'static str, en: &'static str) -> Entry {
    Entry {
        path,
        zh,
        en,
        roles: &[],
    }
}

const fn for_roles(
    path: &'static str,
    zh: &'static str,
    en: &'static str,
    roles: &'static [&'static str],
) -> Entry {
    Entry {
        path,
        zh,
        en,
        roles,
    }
}

const PUBLIC: &[Entry] = &[
    entry("/", "进度查询", "Look up"),
    entry("/pools", "资金余额", "Money left"),
    entry("/programmes", "补贴政策", "Programmes"),
    entry("/participants", "参与商户", "Dealers"),
    entry("/notices", "名单公示", "Notices"),
    entry("/receipt", "收据验真", "Check a receipt"),
    entry("/in-my-name", "本人名下", "In my name?"),
];

const DEALER: &[Entry] = &[
    entry("/dealer", "首页", "Overview"),
    entry("/dealer/claims/new", "新建申请", "New claim"),
    entry("/dealer/claims", "我的申请", "Claims"),
    entry("/dealer/uploads", "批量导入", "Bulk upload"),
    entry("/dealer/statements", "对账单", "Statements"),
    entry("/dealer/exposure", "垫付账龄", "Exposure"),
    entry("/dealer/account", "收款账户", "Bank account"),
    entry("/dealer/api", "接口与通知", "API and webhooks"),
    entry("/dealer/people", "登录人员", "People"),
];

const BUREAU: &[Entry] = &[
    entry("/bureau", "今日", "Today"),
    for_roles("/bureau/review", "审核", "Review", &["reviewer"]),
    for_roles("/bureau/approval", "复核", "Approval", &["approver"]),
    entry("/bureau/claims", "申请", "Claims"),
    for_roles(
        "/bureau/payouts",
        "拨付",
        "Payouts",
        &["finance", "auditor"],
    ),
    entry("/bureau/dealers", "商户", "Dealers"),
    entry("/bureau/pools", "资金池", "Pools"),
    entry("/bureau/packs", "政策规则", "Packs"),
    entry("/bureau/proposals", "待决事项", "Proposals"),
    for_roles("/bureau/people", "人员", "People", &["operator"]),
    for_roles("/bureau/audit", "审计", "Audit", &["auditor"]),
];

impl Frame {
    /// The frame of a page for everybody.
    pub fn public(request: &HttpRequest) -> Self {
        Self::new(request, Area::Public)
    }

    /// The frame of a page of an area, of somebody who is not signed in.
    pub fn new(request: &HttpRequest, area: Area) -> Self {
        let uri = request.uri();
        let here = match nearest_page(uri.path()) {
            page if page == uri.path() => uri.path_and_query().map_or(page, |here| here.as_str()),
            above => above,
        };
        Self {
            lang: lang::of_page(request.headers()),
            area,
            here: here.to_owned(),
            who: None,
            form_token: token_of(request),
        }
    }

    /// The form of a sentence in the language of the page.
    pub const fn t<'a>(&self, zh: &'a str, en: &'a str) -> &'a str {
        match self.lang {
            Lang::Zh => zh,
            Lang::En => en,
        }
    }

    /// Whether the page is for everybody.
    pub fn is_public(&self) -> bool {
        self.area == Area::Public
    }

    /// Whether the page is a dealer's.
    pub fn is_dealer(&self) -> bool {
        self.area == Area::Dealer
    }

    /// Whether the page is the bureau's.
    pub fn is_bureau(&self) -> bool {
        self.area == Area::Bureau
    }

    /// The start page of the area.
    pub const fn home(&self) -> &'static str {
        match self.area {
            Area::Public => "/",
            Area::Dealer => "/dealer",
            Area::Bureau => "/bureau",
        }
    }

    /// Where whoever is signed in changes his password.
    pub fn own_password(&self) -> String {
        format!("{}/password", self.home())
    }

    /// Whether whoever is signed in acts in one of these roles of the bureau.
    pub fn acts_as(&self, roles: &[&str]) -> bool {
        let role = self.who.as_ref().and_then(|who| who.role.as_deref());
        role.is_some_and(|role| roles.contains(&role))
    }

    /// Whether the page is in Chinese.
    pub fn zh(&self) -> bool {
        self.lang == Lang::Zh
    }

    /// The name of the language for the page's root element.
    pub const fn tag(&self) -> &'static str {
        match self.lang {
            Lang::Zh => "zh-CN",
            Lang::En => "en",
        }
    }

    /// The navigation that the visitor sees.
    pub fn nav(&self) -> Vec<Entry> {
        let all = match self.area {
            Area::Public => PUBLIC,
            Area::Dealer => DEALER,
            Area::Bureau => BUREAU,
        };
        let role = self.who.as_ref().and_then(|who| who.role.as_deref());
        let signed_in = self.who.is_some() || self.area == Area::Public;
        all.iter()
            .filter(|e| {
                signed_in && (e.roles.is_empty() || role.is_some_and(|r| e.roles.contains(&r)))
            })
            .copied()
            .collect()
    }

    /// Whether the page stands at or below an entry, and at no longer one.
    pub fn is_at(&self, path: &str) -> bool {
        let here = self.here.split('?').next().unwrap_or_default();
        let below = |path: &str| {
            here == path
                || here
                    .strip_prefix(path)
                    .is_some_and(|rest| rest.starts_with('/'))
        };
        below(path)
            && !self
                .nav()
                .iter()
                .any(|e| e.path.len() > path.len() && below(e.path))
    }

    /// The address that switches the language and comes back.
    pub fn other_language(&self) -> String {
        let back: String = url::form_urlencoded::byte_serialize(self.here.as_bytes()).collect();
        format!("/language?to={}&back={back}", self.t("en", "zh"))
    }

    /// The address of a file that pages load.
    pub fn asset(&self, name: &str) -> String {
        assets::address(name)
    }

    /// The word for a role.
    pub fn role_name(&self, role: &str) -> &'static str {
        match role {
            "reviewer" => self.t("审核员", "Reviewer"),
            "approver" => self.t("复核员", "Approver"),
            "finance" => self.t("财务", "Finance"),
            "auditor" => self.t("审计", "Auditor"),
            "operator" => self.t("系统管理", "Operator"),
            _ => self.t("其他", "Other"),
        }
    }

    /// An amount as people write it, such as `15,000.00 元`.
    pub fn yuan(&self, amount: &Fen) -> String {
        let plain = amount.to_string();
        let (whole, cents) = plain.split_once('.').unwrap_or((&plain, "00"));
        let mut grouped = String::new();
        for (i, digit) in whole.chars().enumerate() {
            if i > 0 && (whole.len() - i) % 3 == 0 {
                grouped.push(',');
            }
            grouped.push(digit);
        }
        match self.lang {
            Lang::Zh => format!("{grouped}.{cents} 元"),
            Lang::En => format!("¥{grouped}.{cents}"),
        }
    }

    /// An instant by the clock of Beijing, to the minute.
    pub fn time(&self, at: &Timestamp) -> String {
        at.beijing_minute()
    }

    /// A deadline as people count it: the day that still counts, where it is the end of a day.
    pub fn deadline(&self, at: &Timestamp) -> String {
        match (at.last_beijing_day(), self.lang) {
            (Some(day), Lang::Zh) => format!("{day} 24:00 前"),
            (Some(day), Lang::En) => format!("the end of {day}"),
            (None, Lang::Zh) => format!("{} 前", at.beijing_minute()),
            (None, Lang::En) => at.beijing_minute(),
        }
    }
}

/// What the forms of a page carry for whoever is signed in, also at pages for everybody; nothing
/// for all others.
fn token_of(request: &HttpRequest) -> String {
    let shared = state::of(request).ok();
    let token = shared.and_then(|shared| session::token(&shared.engine, request.headers()));
    token.map(form_token).unwrap_or_default()
}

impl FromRequest for Frame {
    type Error = Problem;
    type Future = Ready<Result<Self, Problem>>;

    fn from_request(request: &HttpRequest, _: &mut Payload) -> Self::Future {
        ready(Ok(Self::public(request)))
    }
}
