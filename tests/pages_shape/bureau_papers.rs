//! Papers that are no PDF on the review desk: pictures are shown, OFD is saved.

use crate::bureau_office::Office;
use crate::support::Backend;

/// A picture with a frame of 40 by 30 and one scan.
const JPEG: &[u8] = b"\xff\xd8\xff\xc0\x00\x0b\x08\x00\x1e\x00\x28\x01\x01\x11\x00\
    \xff\xda\x00\x08\x01\x01\x00\x00\x3f\x00\x12\xff\xd9";

/// An archive with one stored, empty entry, `OFD.xml`.
const OFD: &[u8] = b"PK\x03\x04\x14\0\0\0\0\0\0\0\0\0\0\0\0\0\0\0\0\0\0\0\0\0\x07\0\0\0OFD.xml\
    PK\x01\x02\x14\0\x14\0\0\0\0\0\0\0\0\0\0\0\0\0\0\0\0\0\0\0\0\0\x07\0\0\0\0\0\0\0\0\0\0\0\0\0\
    \0\0\0\0OFD.xml\
    PK\x05\x06\0\0\0\0\x01\0\x01\0\x35\0\0\0\x25\0\0\0\0\0";

#[test]
fn a_picture_is_shown_beside_the_facts_and_ofd_is_saved() {
    for backend in Backend::ALL {
        let office = Office::new(backend);
        let reviewer = office.person("wang", &["reviewer"]);
        let (id, _) = office.in_review_with(|at| match at {
            0 => ("image/jpeg", JPEG),
            _ => ("application/ofd", OFD),
        });
        let desk = format!("/bureau/review/{id}");
        let page = reviewer.open(&desk);
        let papers: Vec<String> = {
            let list = page.between("<ul class=\"legend\">", "</ul>");
            let links = list.split("href=\"?paper=").skip(1);
            links
                .map(|rest| rest.split('#').next().unwrap().to_owned())
                .collect()
        };
        let (mut pictures, mut files) = (0, 0);
        for paper in &papers {
            let shown = reviewer.open(&format!("{desk}?paper={paper}"));
            let address = format!("/bureau/claims/{id}/papers/{paper}");
            assert!(shown.offers(&address), "{}", shown.html);
            shown.says_not("<object");
            let file = reviewer.get(&address);
            let how = file.is(200).header("content-disposition");
            assert_eq!(file.header("x-content-type-options"), "nosniff");
            let policy = file.header("content-security-policy");
            assert!(
                policy.contains("sandbox") && !policy.contains("script"),
                "{policy}"
            );
            match file.header("content-type") {
                "image/jpeg" => {
                    pictures += 1;
                    shown.says(&format!("<img src=\"{address}\" alt=\""));
                    assert_eq!(how, format!("inline; filename=\"{paper}.jpg\""));
                    assert_eq!(file.body, JPEG);
                }
                media => {
                    files += 1;
                    assert_eq!(media, "application/ofd");
                    shown
                        .says("(OFD) is not shown here. Save it")
                        .says_not("<img");
                    assert_eq!(how, format!("attachment; filename=\"{paper}.ofd\""));
                    assert_eq!(file.body, OFD);
                }
            }
        }
        assert_eq!((pictures, files), (1, papers.len() - 1));
        assert!(files > 0);
    }
}
