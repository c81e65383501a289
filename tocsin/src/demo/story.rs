//! Who takes part in the demo: organisations and hosts, as data.

use super::disks::Planted;

/// An organisation of the demo.
#[derive(Clone, Copy, Debug)]
pub struct DemoOrganisation {
    /// Its id.
    pub id: &'static str,
    /// Its name for people.
    pub name: &'static str,
    /// The organisation above it; none for the authority.
    pub parent: Option<&'static str>,
    /// How it takes part.
    pub takes_part: TakesPart,
    /// What it does when asked to isolate, as `--isolate` takes it.
    pub isolate: &'static str,
    /// Who acknowledges and decides.
    pub officer: &'static str,
}

/// How an organisation takes part.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum TakesPart {
    /// With a node of its own.
    Node,
    /// Without any server: by web form and sweep kit, at its parent's node.
    FormAndKit,
}

/// A host of the demo.
#[derive(Clone, Copy, Debug)]
pub struct DemoHost {
    /// Its name.
    pub name: &'static str,
    /// Whose it is.
    pub organisation: &'static str,
    /// What lies on its disk besides ordinary files.
    pub planted: &'static [Planted],
    /// Whether it answers.
    pub fate: Fate,
}

/// Whether a host answers.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Fate {
    /// Its agent runs throughout.
    Answers,
    /// Its agent enrols, is heard of once, and is gone when the alert comes.
    Vanishes,
}

/// The authority's id.
pub const AUTHORITY: &str = "vn.vncert";
/// The organisation that permits isolation only once an officer says so.
pub const MINISTRY: &str = "vn.mot";
/// The organisation without a server.
pub const OFFICE: &str = "vn.mot.vanphong-cang";
/// The host of that organisation, which a kit is carried to.
pub const OFFICE_HOST: &str = "vanthu-pc";
/// The organisation that a real directory of this machine joins. It never isolates.
pub const INCLUDED_AT: &str = "vn.mot.cang-hang-khong";

/// The tree, parents before children.
pub const ORGANISATIONS: [DemoOrganisation; 5] = [
    DemoOrganisation {
        id: AUTHORITY,
        name: "Trung tâm Ứng cứu khẩn cấp máy tính Việt Nam",
        parent: None,
        takes_part: TakesPart::Node,
        isolate: "ask",
        officer: "Trực ban VNCERT",
    },
    DemoOrganisation {
        id: MINISTRY,
        name: "Bộ Giao thông vận tải",
        parent: Some(AUTHORITY),
        takes_part: TakesPart::Node,
        isolate: "ask",
        officer: "Trung tâm CNTT, Bộ GTVT",
    },
    DemoOrganisation {
        id: "vn.mot.hang-khong",
        name: "Hãng hàng không",
        parent: Some(MINISTRY),
        takes_part: TakesPart::Node,
        isolate: "automatic",
        officer: "Phòng An ninh mạng",
    },
    DemoOrganisation {
        id: INCLUDED_AT,
        name: "Tổng công ty Cảng hàng không",
        parent: Some(MINISTRY),
        takes_part: TakesPart::Node,
        isolate: "never",
        officer: "Ban Công nghệ",
    },
    DemoOrganisation {
        id: OFFICE,
        name: "Văn phòng Cảng vụ",
        parent: Some(MINISTRY),
        takes_part: TakesPart::FormAndKit,
        isolate: "never",
        officer: "Văn thư Cảng vụ",
    },
];

/// The hosts with agents.
pub const HOSTS: [DemoHost; 8] = [
    DemoHost {
        name: "luutru-01",
        organisation: MINISTRY,
        planted: &[Planted::AbusedNameOtherContent],
        fate: Fate::Answers,
    },
    DemoHost {
        name: "vanphong-02",
        organisation: MINISTRY,
        planted: &[Planted::Marker],
        fate: Fate::Answers,
    },
    DemoHost {
        name: "datcho-01",
        organisation: "vn.mot.hang-khong",
        planted: &[Planted::Marker, Planted::RealTool],
        fate: Fate::Answers,
    },
    DemoHost {
        name: "khaithac-02",
        organisation: "vn.mot.hang-khong",
        planted: &[Planted::MarkerRenamed],
        fate: Fate::Answers,
    },
    DemoHost {
        name: "tobay-03",
        organisation: "vn.mot.hang-khong",
        planted: &[],
        fate: Fate::Answers,
    },
    DemoHost {
        name: "manhinh-01",
        organisation: INCLUDED_AT,
        planted: &[Planted::Marker, Planted::MarkerInArchive],
        fate: Fate::Answers,
    },
    DemoHost {
        name: "phatthanh-02",
        organisation: INCLUDED_AT,
        planted: &[Planted::UnreadableFolder],
        fate: Fate::Answers,
    },
    DemoHost {
        name: "cong-03",
        organisation: INCLUDED_AT,
        planted: &[],
        fate: Fate::Vanishes,
    },
];

/// What lies on the disk that the kit is carried to.
pub const OFFICE_PLANTED: &[Planted] = &[Planted::PayloadPathOtherContent];

/// A web site of the demo, which the ministry watches.
#[derive(Clone, Copy, Debug)]
pub struct DemoSite {
    /// Whose it is.
    pub organisation: &'static str,
    /// Who built it.
    pub supplier: &'static str,
    /// Whom to telephone.
    pub contact: &'static str,
    /// Its title.
    pub title: &'static str,
    /// What becomes of it.
    pub fate: SiteFate,
}

/// What becomes of a web site.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum SiteFate {
    /// Somebody else's page stands where its own stood.
    Defaced,
    /// Links that nobody sees are added.
    Injected,
    /// It stays as it is.
    Stays,
}

/// The web sites.
pub const SITES: [DemoSite; 4] = [
    DemoSite {
        organisation: "vn.mot.hang-khong",
        supplier: "Công ty Giải pháp web Ví Dụ",
        contact: "Trực ban, máy lẻ 101 (ví dụ)",
        title: "Hãng hàng không – Trang chủ",
        fate: SiteFate::Defaced,
    },
    DemoSite {
        organisation: INCLUDED_AT,
        supplier: "Công ty Giải pháp web Ví Dụ",
        contact: "Trực ban, máy lẻ 102 (ví dụ)",
        title: "Tổng công ty Cảng hàng không – Tin tức",
        fate: SiteFate::Injected,
    },
    DemoSite {
        organisation: MINISTRY,
        supplier: "",
        contact: "Trực ban, máy lẻ 103 (ví dụ)",
        title: "Bộ Giao thông vận tải – Cổng thông tin điện tử",
        fate: SiteFate::Stays,
    },
    DemoSite {
        organisation: OFFICE,
        supplier: "",
        contact: "Trực ban, máy lẻ 104 (ví dụ)",
        title: "Văn phòng Cảng vụ – Thông báo",
        fate: SiteFate::Stays,
    },
];

/// Returns the organisation `id`.
pub fn organisation(id: &str) -> &'static DemoOrganisation {
    ORGANISATIONS
        .iter()
        .find(|organisation| organisation.id == id)
        .expect("the story names only its own organisations")
}
