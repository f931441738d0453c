//! The columns of a table of claims. Each is named by the pointer of its field, so that the same
//! file can be sent in either language and by either program; a row of hints says what people call
//! it.

use crate::domain::claim_form::{ClaimForm, FormField, Input, Otherwise, Part, Typed};
use crate::domain::text::Lang;
use crate::operations::uploads::{MOST_LINES, UploadError};
use crate::table_file::{self, Format, Table};

/// The column that says what is wrong; it is not read.
pub const MESSAGES: &str = "messages";
/// What the first cell of a row begins with that is not read.
pub const HINT: char = '#';

/// The empty table of a programme, with a row of hints.
pub fn template(format: Format, form: &ClaimForm, lang: Lang) -> Option<Vec<u8>> {
    let fields = form.all_fields();
    let mut hints: Vec<String> = fields.iter().map(|field| hint(form, field, lang)).collect();
    if let Some(first) = hints.first_mut() {
        first.insert_str(0, &format!("{HINT} "));
    }
    table_file::write(format, &names(&fields), &[hints])
}

fn names(fields: &[FormField]) -> Vec<String> {
    fields.iter().map(|f| f.pointer.to_owned()).collect()
}

/// What people call a column, whether it must be filled in, and with what.
fn hint(form: &ClaimForm, field: &FormField, lang: Lang) -> String {
    let t = |zh: &'static str, en: &'static str| if lang == Lang::Zh { zh } else { en };
    let part = [Part::OldItem, Part::Invoice].into_iter().find(|part| {
        form.fields(*part)
            .iter()
            .any(|f| f.pointer == field.pointer)
    });
    let at_will = field.optional || part.is_some_and(|part| form.is_optional(part));
    let needed = match field.otherwise {
        Otherwise::Nothing if at_will => t("选填", "optional"),
        Otherwise::Nothing => t("必填", "required"),
        Otherwise::Word(_) => t("选填", "optional"),
        Otherwise::Applicant => t("留空即为申请人", "empty: the applicant's"),
        Otherwise::Dealer => t("留空即为本商户", "empty: your own"),
    };
    let how = match field.input {
        Input::Day => "YYYY-MM-DD".to_owned(),
        Input::Money => t("元，例如 5999.00", "yuan, such as 5999.00").to_owned(),
        Input::Choice(_) | Input::Category => {
            let choices = form.choices(field, lang).into_iter();
            let names: Vec<String> = choices.map(|(_, name)| name).collect();
            names.join(" / ")
        }
        Input::Text | Input::Number => String::new(),
    };
    let name = t(field.zh, field.en);
    match lang {
        Lang::Zh if how.is_empty() => format!("{name}（{needed}）"),
        Lang::Zh => format!("{name}（{needed}；{how}）"),
        Lang::En if how.is_empty() => format!("{name} ({needed})"),
        Lang::En => format!("{name} ({needed}; {how})"),
    }
}

/// The lines of a table with what is typed in them, by their numbers in the file.
///
/// # Errors
/// [`UploadError`], for its columns and for how many lines there are.
pub fn lines(form: &ClaimForm, table: &Table) -> Result<Vec<(i64, Typed)>, UploadError> {
    let mut rows = table.rows.iter();
    let (_, head) = rows.next().ok_or(UploadError::NoLines)?;
    let columns = columns(form, head)?;
    let mut lines = Vec::new();
    for (number, cells) in rows {
        if cells
            .first()
            .is_some_and(|cell| cell.trim_start().starts_with(HINT))
        {
            continue;
        }
        let cell = |pointer: &str| {
            let column = columns.iter().position(|name| *name == pointer)?;
            cells.get(column).map(String::as_str)
        };
        let typed = form.typed(cell);
        if !typed.is_empty() {
            lines.push((*number, typed));
        }
    }
    match lines.len() {
        0 => Err(UploadError::NoLines),
        1..=MOST_LINES => Ok(lines),
        _ => Err(UploadError::TooManyLines),
    }
}

/// The names of the columns; those without a name and that of messages are passed over.
fn columns<'a>(form: &ClaimForm, head: &'a [String]) -> Result<Vec<&'a str>, UploadError> {
    let names: Vec<&str> = head.iter().map(|name| name.trim()).collect();
    let fields = form.all_fields();
    let known = |name: &str| fields.iter().any(|field| field.pointer == name);
    let unknown: Vec<String> = names
        .iter()
        .filter(|name| !name.is_empty() && **name != MESSAGES && !known(name))
        .map(|name| name.chars().take(60).collect())
        .collect();
    if !unknown.is_empty() {
        return Err(UploadError::UnknownColumns(unknown));
    }
    for (at, name) in names.iter().enumerate() {
        if known(name) && names[..at].contains(name) {
            return Err(UploadError::ColumnTwice((*name).to_owned()));
        }
    }
    Ok(names)
}

/// Lines to be mended: the columns of the template, and what is wrong.
pub fn written(format: Format, form: &ClaimForm, lines: &[(Typed, String)]) -> Option<Vec<u8>> {
    let fields = form.all_fields();
    let mut head = names(&fields);
    head.push(MESSAGES.to_owned());
    let rows: Vec<Vec<String>> = lines
        .iter()
        .map(|(typed, messages)| {
            let cells = fields.iter().map(|f| typed.get(f.pointer).to_owned());
            cells.chain([messages.clone()]).collect()
        })
        .collect();
    table_file::write(format, &head, &rows)
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::domain::policy::read_pack;
    use crate::table_file::read;

    const PACK: &str = include_str!("../../../config/programmes/national-digital-2026.toml");

    fn form() -> ClaimForm {
        ClaimForm::of(&read_pack(PACK).unwrap(), "91419001MA0000001N")
    }

    fn csv(text: &str) -> Result<Vec<(i64, Typed)>, UploadError> {
        lines(&form(), &read(text.as_bytes()).unwrap())
    }

    #[test]
    fn the_template_is_a_table_without_lines_in_both_formats() {
        for format in [Format::Xlsx, Format::Csv] {
            for lang in [Lang::Zh, Lang::En] {
                let file = template(format, &form(), lang).unwrap();
                let table = read(&file).unwrap();
                assert_eq!(table.rows.len(), 2);
                assert_eq!(table.rows[0].1[0], "/consumer/name");
                assert_eq!(lines(&form(), &table), Err(UploadError::NoLines));
            }
        }
    }

    #[test]
    fn lines_keep_their_numbers_and_columns_stand_in_any_order() {
        let found = csv("messages,/new_item/category,/consumer/name\n# x,y\n\nold,手机,王小明\n");
        let found = found.unwrap();
        assert_eq!(found.len(), 1);
        assert_eq!(found[0].0, 4);
        assert_eq!(found[0].1.get("/new_item/category"), "phone");
        assert_eq!(found[0].1.get("/consumer/name"), "王小明");
    }

    #[test]
    fn columns_of_another_table_are_named() {
        let unknown = csv("/consumer/name,colour,/old_item/vin\na,b,c\n");
        let names = vec!["colour".to_owned(), "/old_item/vin".to_owned()];
        assert_eq!(unknown, Err(UploadError::UnknownColumns(names)));
        let twice = csv("/consumer/name,/consumer/name\na,b\n");
        let name = "/consumer/name".to_owned();
        assert_eq!(twice, Err(UploadError::ColumnTwice(name)));
        assert_eq!(csv(""), Err(UploadError::NoLines));
    }

    #[test]
    fn there_is_a_most_of_lines() {
        let many = format!("/consumer/name\n{}", "a\n".repeat(MOST_LINES + 1));
        assert_eq!(csv(&many), Err(UploadError::TooManyLines));
    }

    #[test]
    fn what_is_to_be_mended_goes_back_in_as_it_was() {
        let lines_before = csv("/consumer/name,/new_item/model\n=1+1,X\n").unwrap();
        let typed = lines_before[0].1.clone();
        for format in [Format::Xlsx, Format::Csv] {
            let rows = [(typed.clone(), "证件号码：必填项缺失".to_owned())];
            let file = written(format, &form(), &rows).unwrap();
            let again = lines(&form(), &read(&file).unwrap()).unwrap();
            assert_eq!(again[0].1, typed, "{format:?}");
        }
    }
}
