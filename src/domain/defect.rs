//! Defects of form: a claim that has one is malformed and leaves nothing behind.

use super::text::Lang;

macro_rules! defects {
    ($($(#[$doc:meta])* $name:ident = $code:literal, $zh:literal, $en:literal;)*) => {
        /// What is wrong with a field. The codes are a contract.
        #[derive(Debug, Clone, Copy, PartialEq, Eq, Hash)]
        pub enum DefectCode {
            $($(#[$doc])* $name,)*
        }

        impl DefectCode {
            /// Every code.
            pub const ALL: &'static [DefectCode] = &[$(DefectCode::$name),*];

            /// The stable code.
            pub const fn as_str(self) -> &'static str {
                match self { $(DefectCode::$name => $code),* }
            }

            /// The sentence for people.
            pub const fn text(self, lang: Lang) -> &'static str {
                match (self, lang) { $(
                    (DefectCode::$name, Lang::Zh) => $zh,
                    (DefectCode::$name, Lang::En) => $en,
                )* }
            }
        }
    };
}

defects! {
    /// A field that must be there is absent or null.
    Required = "required", "必填项缺失", "This field is required";
    /// A field that the contract does not know.
    UnknownField = "unknown_field", "未知字段", "This field is not known";
    /// The same field twice in one object.
    DuplicateField = "duplicate_field", "字段重复", "This field stands twice";
    /// A JSON value of another type than the contract's.
    WrongType = "wrong_type", "字段类型不正确", "This value has the wrong type";
    /// Money that is a JSON number.
    MoneyAsNumber = "money_as_number", "金额必须为字符串，例如 \"15000.00\"", "Money must be a string, like \"15000.00\"";
    /// Money that cannot be read.
    MoneyMalformed = "money_malformed", "金额格式不正确，应为元，最多两位小数", "Money must be in yuan with at most two decimal places";
    /// Money with more than two places.
    MoneyTooPrecise = "money_too_precise", "金额最多两位小数", "Money has at most two decimal places";
    /// Money above the largest amount.
    MoneyOutOfRange = "money_out_of_range", "金额超出范围", "The amount is out of range";
    /// A day that does not exist or is not written `YYYY-MM-DD`.
    DateMalformed = "date_malformed", "日期不存在或格式不正确，应为 YYYY-MM-DD", "The date does not exist or is not written YYYY-MM-DD";
    /// A word outside the list.
    NotInList = "not_in_list", "取值不在允许范围内", "This value is not one of those allowed";
    /// A programme that is not published.
    UnknownProgramme = "unknown_programme", "活动不存在", "There is no such programme";
    /// Text that is empty or too long.
    Length = "length", "长度不符合要求", "This text is too short or too long";
    /// Control characters in text.
    ControlCharacter = "control_character", "含有不允许的控制字符", "This text has control characters";
    /// Characters that the format does not have.
    Format = "format", "格式不正确", "The format is wrong";
    /// A check digit that does not agree.
    CheckDigit = "check_digit", "校验位不正确", "The check digit is wrong";
    /// A resident ID whose day of birth does not exist or is not past.
    BirthDate = "birth_date", "证件号码中的出生日期不存在或晚于今日", "The date of birth in this number does not exist or is not past";
    /// A number outside its limits.
    OutOfRange = "out_of_range", "数值超出允许范围", "This value is out of range";
    /// The same value twice in a list.
    RepeatedValue = "repeated_value", "列表中有重复值", "This value stands twice in the list";
    /// A new item that is the old one.
    SameAsOldItem = "same_as_old_item", "新车与旧车的车辆识别代号相同", "The new item is the same as the old one";
}

/// One defect, at a JSON pointer.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Defect {
    /// JSON pointer (RFC 6901) to the field, such as `/new_item/vin`.
    pub field: String,
    /// What is wrong.
    pub code: DefectCode,
}

impl Defect {
    /// A defect at a field.
    pub fn new(field: impl Into<String>, code: DefectCode) -> Self {
        Self {
            field: field.into(),
            code,
        }
    }
}
