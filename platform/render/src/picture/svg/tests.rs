use proptest::prelude::*;

use super::{clean, looks_like};

fn svg(inside: &str) -> String {
    format!(
        "<svg xmlns='http://www.w3.org/2000/svg' xmlns:xlink='http://www.w3.org/1999/xlink' viewBox='0 0 10 20'>{inside}</svg>"
    )
}

/// Words that no drawing of ours says between its brackets, whatever it was made from.
fn is_clean(written: &str) -> bool {
    let lower = written.to_ascii_lowercase();
    let lower = lower.replacen("http://www.w3.org/2000/svg", "", 1);
    ![
        "<script",
        "javascript",
        "onload",
        "onclick",
        "http",
        "<foreign",
        "<style",
        "<image",
        "<a ",
        "data:",
        "<!",
        "<?",
        "<animate",
        "<set",
        "@import",
        "expression",
    ]
    .iter()
    .any(|word| lower.contains(word))
}

// R-TEN-04
#[test]
fn a_plain_drawing_stays_what_it_is() {
    let sent = "\u{feff}<?xml version=\"1.0\"?>\n<!DOCTYPE svg PUBLIC \"-//W3C//DTD SVG 1.1//EN\" \"svg11.dtd\">\n\
        <!-- made by hand --><svg xmlns=\"http://www.w3.org/2000/svg\" viewBox=\"0 0 100.2 50\" xmlns:i=\"x\">\
        <title>Caf&#233; &amp; Cia</title><defs><linearGradient id=\"a\"><stop offset=\"0\" stop-color=\"#f00\"/></linearGradient></defs>\
        <i:view><g>x</g></i:view><path class=\"c\" style=\"fill:url(#a);stroke : red\" d=\"M0 0L1,1z\"/><use xlink:href='#a'/></svg>";
    assert!(looks_like(sent.as_bytes()));
    let (size, written) = clean(sent.as_bytes()).unwrap();
    assert_eq!(size, (101, 50));
    assert_eq!(
        written,
        "<svg xmlns=\"http://www.w3.org/2000/svg\" viewBox=\"0 0 100.2 50\"><title>Café &amp; Cia</title>\
         <defs><linearGradient id=\"a\"><stop offset=\"0\" stop-color=\"#f00\"></stop></linearGradient></defs>\
         <path d=\"M0 0L1,1z\" fill=\"url(#a)\" stroke=\"red\"></path><use href=\"#a\"></use></svg>"
    );
    // Written anew it stays as it is.
    assert_eq!(clean(written.as_bytes()).unwrap().1, written);
}

// R-TEN-04
#[test]
fn what_could_do_harm_is_gone() {
    for hostile in [
        "<script>alert(1)</script>",
        "<script href='data:text/javascript,alert(1)'/>",
        "<SCRIPT>alert(1)</SCRIPT>",
        "<svg:script>alert(1)</svg:script>",
        "<script><![CDATA[ if (1 < 2) alert(1) ]]></script>",
        "<g onload='alert(1)' ONCLICK=\"alert(1)\"/>",
        "<a href='javascript:alert(1)'><text>click</text></a>",
        "<a xlink:href='&#106;avascript:alert(1)'><path d='M0 0'/></a>",
        "<use href='https://evil.test/x.svg#a'/>",
        "<use xlink:href='data:image/svg+xml;base64,PHN2Zy8+#a'/>",
        "<foreignObject><iframe src='https://evil.test'/></foreignObject>",
        "<path fill='url(https://evil.test/#a)'/>",
        "<path fill='u\\72l(https://evil.test/#a)'/>",
        "<path style='fill:url(//evil.test/x)'/>",
        "<path style=\"background:url(javascript:alert(1));fill:red\"/>",
        "<path style='fill:image-set(\"http://evil.test\" 1x)'/>",
        "<animate attributeName='href' to='javascript:alert(1)'/>",
        "<set attributeName='onload' to='alert(1)'/>",
        "<handler>alert(1)</handler>",
        "<text><script>alert(1)</script>&lt;script&gt;alert(1)</text>",
        "<metadata><rdf:RDF xmlns:rdf='http://x'/></metadata>",
        "<svg onload='alert(1)'><script/></svg>",
        "<iframe srcdoc='&lt;script&gt;'/>",
        "<?xml-stylesheet href='http://evil.test/x.css'?>",
        "<!-- <script> -->",
    ] {
        let (_, written) =
            clean(svg(hostile).as_bytes()).unwrap_or_else(|why| panic!("{hostile}: {why}"));
        assert!(is_clean(&written), "{hostile} became {written}");
    }
}

// R-TEN-04
#[test]
fn what_cannot_be_made_harmless_is_refused() {
    let bomb = "<!DOCTYPE svg [<!ENTITY a \"aaaa\"><!ENTITY b \"&a;&a;\">]>".to_owned()
        + &svg("<text>&b;</text>");
    let deep = svg(&format!("{}{}", "<g>".repeat(100), "</g>".repeat(100)));
    let wide = svg(&"<g/>".repeat(6_000));
    let many = svg(&"<use href='#a'/>".repeat(9));
    for refused in [
        bomb.as_str(),
        &deep,
        &wide,
        &many,
        &svg("<text>&own;</text>"),
        &svg("<style>@import 'http://evil.test'</style>"),
        &svg("<image href='http://evil.test/x.png'/>"),
        &svg("<g></path>"),
        &svg("<g"),
        &svg("<g a=b/>"),
        &svg("<g id='a' id='b'/>"),
        &svg("<g id='a'class='b'/>"),
        &svg("<g id='<script>'/>"),
        "<svg xmlns='http://www.w3.org/1999/xhtml' viewBox='0 0 1 1'/>",
        "<html><svg/></html>",
        "<svg xmlns='http://www.w3.org/2000/svg'/>",
        "<svg viewBox='0 0 0 1'/>",
        "<svg viewBox='0 0 NaN 1'/>",
        "<svg viewBox='0 0 1 1'/><script/>",
        "<svg viewBox='0 0 1 1'/>text",
        "<svg viewBox='0 0 1 1'>",
    ] {
        assert!(clean(refused.as_bytes()).is_err(), "{refused}");
    }
}

proptest! {
    // R-TEN-04
    #[test]
    fn nothing_hostile_comes_out_of_any_mixture(parts in proptest::collection::vec(
        proptest::sample::select(vec![
            "<g", "<path", " fill='", "url(", "#a)", "'", "\"", ">", "/>", "</g>", "<script>", "</script>",
            " onload='alert(1)'", "javascript:", "&lt;", "&#60;", "<!--", "-->", "<![CDATA[", "]]>", " ", "style='",
            "http://evil.test", "<text>", "</text>", "x", "\\", "<use", " href='",
        ]), 0..24))
    {
        if let Ok((_, written)) = clean(svg(&parts.concat()).as_bytes()) {
            // A text may speak of anything; only what stands in brackets counts.
            let mut tags = String::new();
            for part in written.split('<').skip(1) {
                tags.push('<');
                tags.push_str(part.split('>').next().unwrap());
            }
            prop_assert!(is_clean(&tags), "{written}");
            prop_assert_eq!(clean(written.as_bytes()).unwrap().1, written);
        }
    }
}
