//! Words of the pages of dealers for what the engine calls by codes.

use crate::domain::ageing::Band;
use crate::domain::event::EventType;
use crate::http::pages::frame::Frame;
use crate::http::pages::labels::Label;
use crate::operations::uploads::UploadError;
use crate::storage::uploads::LineState;
use crate::table_file::TableError;

impl Frame {
    /// The word for how near or how late a promise of the bureau is.
    pub fn band(&self, band: &Band) -> Label {
        let (zh, en, class) = match band {
            Band::NotDue => ("未到期", "Not due yet", ""),
            Band::DueSoon => (
                "即将到期（3 个工作日内）",
                "Due within 3 working days",
                "busy",
            ),
            Band::Overdue1To5 => ("逾期 1–5 个工作日", "1–5 working days late", "warn"),
            Band::Overdue6To15 => ("逾期 6–15 个工作日", "6–15 working days late", "warn"),
            Band::Overdue16To30 => ("逾期 16–30 个工作日", "16–30 working days late", "bad"),
            Band::OverdueOver30 => (
                "逾期 30 个工作日以上",
                "More than 30 working days late",
                "bad",
            ),
        };
        Label {
            word: self.t(zh, en),
            class,
        }
    }

    /// The word for what became of a line of an upload.
    pub fn upload_line_state(&self, state: &LineState) -> Label {
        let (zh, en, class) = match state {
            LineState::Waiting => ("待处理", "Waiting", ""),
            LineState::Filed => ("已提交", "Filed", "good"),
            LineState::Refused => ("不予受理", "Refused", "bad"),
            LineState::Defective => ("填写有误", "To be mended", "warn"),
        };
        Label {
            word: self.t(zh, en),
            class,
        }
    }

    /// The word for the state of a payment.
    pub fn payment_state(&self, state: &str) -> Label {
        let (zh, en, class) = match state {
            "paid" => ("已到账", "Paid", "good"),
            "returned" => ("银行退回", "Sent back by the bank", "bad"),
            _ => ("处理中", "On its way", "busy"),
        };
        Label {
            word: self.t(zh, en),
            class,
        }
    }

    /// The word for the state of a delivery.
    pub fn delivery_state(&self, state: &str) -> Label {
        let (zh, en, class) = match state {
            "accepted" => ("已送达", "Accepted", "good"),
            "given_up" => ("已放弃", "Given up", "bad"),
            _ => ("投递中", "On its way", "busy"),
        };
        Label {
            word: self.t(zh, en),
            class,
        }
    }

    /// What came of a test of an endpoint.
    pub fn test_outcome(&self, outcome: &str) -> Label {
        let (zh, en, class) = match outcome {
            "accepted" => ("对方已接收", "The receiver accepted it", "good"),
            "gone" => (
                "对方答复不再接收（410）",
                "The receiver wants no more (410)",
                "bad",
            ),
            "refused" => ("对方拒绝", "The receiver refused it", "bad"),
            _ => ("未能送达", "It did not arrive", "bad"),
        };
        Label {
            word: self.t(zh, en),
            class,
        }
    }

    /// What an event is called.
    pub fn event(&self, word: &str) -> &'static str {
        let Some(kind) = EventType::parse(word) else {
            return self.t("其他", "Other");
        };
        // The state that a claim has since says most; the others have words of their own.
        match (kind, kind.state()) {
            (EventType::PaperReceived, _) => self.t("收到材料", "A paper came"),
            (EventType::InvoiceReceived, _) => self.t("收到发票", "The invoice came"),
            (EventType::Promoted, _) => self.t("候补成功", "Promoted from the line"),
            (EventType::Corrected, _) => self.t("已补正", "Corrected"),
            (_, Some(state)) => self.state(&state).word,
            (_, None) => self.t("其他变化", "Another change"),
        }
    }

    /// Why a file is not taken.
    pub fn upload_error(&self, error: &UploadError) -> String {
        let fixed = |zh: &str, en: &str| self.t(zh, en).to_owned();
        let colon = self.t("：", ": ");
        match error {
            UploadError::Table(error) => self.table_error(*error),
            UploadError::Programme => fixed(
                "请选择本商户参与的活动。",
                "Choose a programme that you take part in.",
            ),
            UploadError::UnknownColumns(names) => {
                let head = self.t(
                    "以下列不在该活动的模板中，请用模板重新填写",
                    "These columns are not in the template of this programme",
                );
                format!("{head}{colon}{}", names.join(", "))
            }
            UploadError::ColumnTwice(name) => {
                format!(
                    "{}{colon}{name}",
                    self.t("列名重复", "This column stands twice")
                )
            }
            UploadError::NoLines => fixed("表中没有可导入的行。", "There is no line in the table."),
            UploadError::TooManyLines => fixed(
                "一次最多导入 5,000 行，请拆分后再传。",
                "A file may have at most 5,000 lines; please split it.",
            ),
            UploadError::TooManyRunning => fixed(
                "已有 3 个文件正在处理，请等其中一个完成后再传。",
                "Three files are being worked at; please wait until one is done.",
            ),
            UploadError::Failed(_) => fixed(
                "系统暂时繁忙，请稍后再试；重复上传同一文件不会重复提交。",
                "Not available for now. Please try again; the same file does nothing twice.",
            ),
        }
    }

    fn table_error(&self, error: TableError) -> String {
        let fixed = |zh: &str, en: &str| self.t(zh, en).to_owned();
        match error {
            TableError::TooLarge => fixed("文件超过 10 MB。", "The file is larger than 10 MB."),
            TableError::Bomb => fixed(
                "工作簿解压后过大，不予读取。",
                "The workbook is too large when it is unpacked.",
            ),
            TableError::TooManyRows => fixed(
                "行数超过上限（5,000 行）。",
                "The table has too many rows (5,000 at most).",
            ),
            TableError::TooManyColumns => fixed(
                "列数过多，请使用模板。",
                "The table has too many columns; please use the template.",
            ),
            TableError::CellTooLong(row) => {
                let tail = self.t("行有单元格内容过长。", ": a cell is too long.");
                format!("{} {row} {tail}", self.t("第", "Row"))
            }
            TableError::Unreadable => fixed(
                "无法读取：请上传 XLSX，或 UTF-8、GB 18030 编码的 CSV。",
                "It cannot be read: send XLSX, or CSV in UTF-8 or GB 18030.",
            ),
        }
    }
}
