//! The parts of a workbook that are the same for every table, but for names and currencies.

use std::fmt::Write as _;

use alvara_domain::money::Currency;

use super::text::escaped;

/// Letters of the name of a sheet, the most that Excel opens.
const NAME: usize = 31;

pub(super) const XML: &str = "<?xml version=\"1.0\" encoding=\"UTF-8\" standalone=\"yes\"?>\n";
pub(super) const MAIN: &str = "http://schemas.openxmlformats.org/spreadsheetml/2006/main";
/// The first line stays in sight.
pub(super) const VIEW: &str = "<sheetViews><sheetView workbookViewId=\"0\"><pane ySplit=\"1\" topLeftCell=\"A2\" \
     activePane=\"bottomLeft\" state=\"frozen\"/></sheetView></sheetViews>\
     <sheetFormatPr defaultRowHeight=\"15\"/>";
pub(super) const TYPES: &str = "<?xml version=\"1.0\" encoding=\"UTF-8\" standalone=\"yes\"?>\n\
     <Types xmlns=\"http://schemas.openxmlformats.org/package/2006/content-types\">\
     <Default Extension=\"rels\" ContentType=\"application/vnd.openxmlformats-package.relationships+xml\"/>\
     <Default Extension=\"xml\" ContentType=\"application/xml\"/>\
     <Override PartName=\"/xl/workbook.xml\" ContentType=\"application/vnd.openxmlformats-officedocument.spreadsheetml.sheet.main+xml\"/>\
     <Override PartName=\"/xl/styles.xml\" ContentType=\"application/vnd.openxmlformats-officedocument.spreadsheetml.styles+xml\"/>\
     <Override PartName=\"/xl/worksheets/sheet1.xml\" ContentType=\"application/vnd.openxmlformats-officedocument.spreadsheetml.worksheet+xml\"/>\
     </Types>";
pub(super) const RELATIONS: &str = "<?xml version=\"1.0\" encoding=\"UTF-8\" standalone=\"yes\"?>\n\
     <Relationships xmlns=\"http://schemas.openxmlformats.org/package/2006/relationships\">\
     <Relationship Id=\"rId1\" Type=\"http://schemas.openxmlformats.org/officeDocument/2006/relationships/officeDocument\" Target=\"xl/workbook.xml\"/>\
     </Relationships>";
pub(super) const WORKBOOK_RELATIONS: &str = "<?xml version=\"1.0\" encoding=\"UTF-8\" standalone=\"yes\"?>\n\
     <Relationships xmlns=\"http://schemas.openxmlformats.org/package/2006/relationships\">\
     <Relationship Id=\"rId1\" Type=\"http://schemas.openxmlformats.org/officeDocument/2006/relationships/worksheet\" Target=\"worksheets/sheet1.xml\"/>\
     <Relationship Id=\"rId2\" Type=\"http://schemas.openxmlformats.org/officeDocument/2006/relationships/styles\" Target=\"styles.xml\"/>\
     </Relationships>";

pub(super) fn workbook(name: &str) -> String {
    let plain = |sign: char| !matches!(sign, '[' | ']' | ':' | '*' | '?' | '/' | '\\' | '\'');
    let name: String = name
        .chars()
        .filter(|sign| plain(*sign))
        .take(NAME)
        .collect();
    format!(
        "{XML}<workbook xmlns=\"{MAIN}\" \
         xmlns:r=\"http://schemas.openxmlformats.org/officeDocument/2006/relationships\">\
         <sheets><sheet name=\"{}\" sheetId=\"1\" r:id=\"rId1\"/></sheets></workbook>",
        escaped(&name)
    )
}

/// Styles by their place in `cellXfs`. The numbers of formats below 164 are Excel's own: those of
/// days follow the reader's language.
pub(super) const TEXT: usize = 1;
pub(super) const HEAD: usize = 2;
pub(super) const COUNT: usize = 3;
pub(super) const SHARE: usize = 4;
pub(super) const DAY: usize = 5;
pub(super) const TIME: usize = 6;
pub(super) const FIRST_CURRENCY: usize = 7;

pub(super) fn styles(currencies: &[Currency]) -> String {
    const OWN: usize = 164;
    let mut xml = format!("{XML}<styleSheet xmlns=\"{MAIN}\">");
    if !currencies.is_empty() {
        let _ = write!(xml, "<numFmts count=\"{}\">", currencies.len());
        for (at, currency) in currencies.iter().enumerate() {
            let places = "0".repeat(currency.decimals() as usize);
            let point = if places.is_empty() { "" } else { "." };
            let _ = write!(
                xml,
                "<numFmt numFmtId=\"{}\" formatCode=\"#,##0{point}{places}\\ &quot;{}&quot;\"/>",
                OWN + at,
                currency.as_str()
            );
        }
        xml.push_str("</numFmts>");
    }
    let font = "<sz val=\"11\"/><name val=\"Calibri\"/><family val=\"2\"/>";
    let _ = write!(
        xml,
        "<fonts count=\"2\"><font>{font}</font><font><b/>{font}</font></fonts>\
         <fills count=\"2\"><fill><patternFill patternType=\"none\"/></fill>\
         <fill><patternFill patternType=\"gray125\"/></fill></fills>\
         <borders count=\"1\"><border><left/><right/><top/><bottom/><diagonal/></border></borders>\
         <cellStyleXfs count=\"1\"><xf numFmtId=\"0\" fontId=\"0\" fillId=\"0\" borderId=\"0\"/></cellStyleXfs>\
         <cellXfs count=\"{}\">",
        FIRST_CURRENCY + currencies.len()
    );
    // What somebody adds later is of no kind; then "@" of a text and of a head, "0", "0.00%", the
    // day, and the day with its time.
    let own = (0..currencies.len()).map(|at| (OWN + at, 0));
    for (format, font) in [(0, 0), (49, 0), (49, 1), (1, 0), (10, 0), (14, 0), (22, 0)]
        .into_iter()
        .chain(own)
    {
        let _ = write!(
            xml,
            "<xf numFmtId=\"{format}\" fontId=\"{font}\" fillId=\"0\" borderId=\"0\" xfId=\"0\" \
             applyNumberFormat=\"1\" applyFont=\"1\"/>"
        );
    }
    xml.push_str(
        "</cellXfs><cellStyles count=\"1\"><cellStyle name=\"Normal\" xfId=\"0\" builtinId=\"0\"/></cellStyles>\
         </styleSheet>",
    );
    xml
}
