//! The kinds of containers that are known, and which of them are opened.

use std::fmt;

/// A kind of container.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash)]
#[non_exhaustive]
pub enum Kind {
    /// ACE archive.
    Ace,
    /// Unix archive of `ar`; a Debian package is one.
    Ar,
    /// SEA ARC archive.
    Arc,
    /// ARJ archive.
    Arj,
    /// Compiled `AutoIt` script inside a program.
    AutoIt,
    /// Macintosh `BinHex` 4 text.
    BinHex,
    /// bzip2 stream.
    Bzip2,
    /// Microsoft cabinet.
    Cab,
    /// Microsoft compiled help.
    Chm,
    /// Unix `compress` stream (`.Z`).
    Compress,
    /// `cpio` archive: new, old character and binary.
    Cpio,
    /// Compressed ROM file system.
    Cramfs,
    /// Apple disk image.
    Dmg,
    /// Internet mail message.
    Eml,
    /// gzip stream.
    Gzip,
    /// `InstallShield` cabinet.
    InstallShield,
    /// Optical disc image.
    Iso,
    /// LHA/LZH archive.
    Lha,
    /// LZ4 frame stream.
    Lz4,
    /// lzip stream.
    Lzip,
    /// LZMA-alone stream.
    Lzma,
    /// lzop stream.
    Lzop,
    /// Mailbox of messages, one after the other.
    Mbox,
    /// Outlook message. It is recognised as [`Self::Ole`], which it is built on.
    Msg,
    /// Nullsoft installer inside a program.
    Nsis,
    /// Outlook Express mailbox.
    OutlookExpress,
    /// `OneNote` section.
    OneNote,
    /// OLE compound file: installer package, older Office document, Outlook message.
    Ole,
    /// PDF document.
    Pdf,
    /// Program that may carry an archive: most of them carry none, and then nothing is visited or listed.
    Program,
    /// Outlook mailbox file.
    Pst,
    /// QEMU disk image.
    Qcow,
    /// RAR archive.
    Rar,
    /// RPM package.
    Rpm,
    /// Rich text document.
    Rtf,
    /// 7z archive.
    SevenZip,
    /// Symbian installation package.
    Sis,
    /// Squash file system.
    Squashfs,
    /// `StuffIt` archive.
    StuffIt,
    /// Microsoft `COMPRESS.EXE` file.
    Szdd,
    /// Tape archive.
    Tar,
    /// Transport-neutral encapsulation (`winmail.dat`).
    Tnef,
    /// UDF disc image without ISO 9660 structures.
    Udf,
    /// Virtual PC or Hyper-V disk image.
    Vhd,
    /// `VMware` disk image.
    Vmdk,
    /// Windows imaging archive.
    Wim,
    /// xar archive.
    Xar,
    /// xz stream.
    Xz,
    /// ZIP archive; jar, apk, OOXML and ODF documents are ones.
    Zip,
    /// Zoo archive.
    Zoo,
    /// Zstandard stream.
    Zstd,
}

impl Kind {
    /// All of them, in the order in which they are declared.
    pub const ALL: [Self; 51] = [
        Self::Ace,
        Self::Ar,
        Self::Arc,
        Self::Arj,
        Self::AutoIt,
        Self::BinHex,
        Self::Bzip2,
        Self::Cab,
        Self::Chm,
        Self::Compress,
        Self::Cpio,
        Self::Cramfs,
        Self::Dmg,
        Self::Eml,
        Self::Gzip,
        Self::InstallShield,
        Self::Iso,
        Self::Lha,
        Self::Lz4,
        Self::Lzip,
        Self::Lzma,
        Self::Lzop,
        Self::Mbox,
        Self::Msg,
        Self::Nsis,
        Self::OutlookExpress,
        Self::OneNote,
        Self::Ole,
        Self::Pdf,
        Self::Program,
        Self::Pst,
        Self::Qcow,
        Self::Rar,
        Self::Rpm,
        Self::Rtf,
        Self::SevenZip,
        Self::Sis,
        Self::Squashfs,
        Self::StuffIt,
        Self::Szdd,
        Self::Tar,
        Self::Tnef,
        Self::Udf,
        Self::Vhd,
        Self::Vmdk,
        Self::Wim,
        Self::Xar,
        Self::Xz,
        Self::Zip,
        Self::Zoo,
        Self::Zstd,
    ];

    /// Returns the kind's short name, which is lower case and stays the same for ever.
    pub const fn name(self) -> &'static str {
        match self {
            Self::Ace => "ace",
            Self::Ar => "ar",
            Self::Arc => "arc",
            Self::Arj => "arj",
            Self::AutoIt => "autoit",
            Self::BinHex => "binhex",
            Self::Bzip2 => "bzip2",
            Self::Cab => "cab",
            Self::Chm => "chm",
            Self::Compress => "compress",
            Self::Cpio => "cpio",
            Self::Cramfs => "cramfs",
            Self::Dmg => "dmg",
            Self::Eml => "eml",
            Self::Gzip => "gzip",
            Self::InstallShield => "installshield",
            Self::Iso => "iso",
            Self::Lha => "lha",
            Self::Lz4 => "lz4",
            Self::Lzip => "lzip",
            Self::Lzma => "lzma",
            Self::Lzop => "lzop",
            Self::Mbox => "mbox",
            Self::Msg => "msg",
            Self::Nsis => "nsis",
            Self::OutlookExpress => "dbx",
            Self::OneNote => "onenote",
            Self::Ole => "ole",
            Self::Pdf => "pdf",
            Self::Program => "program",
            Self::Pst => "pst",
            Self::Qcow => "qcow",
            Self::Rar => "rar",
            Self::Rpm => "rpm",
            Self::Rtf => "rtf",
            Self::SevenZip => "7z",
            Self::Sis => "sis",
            Self::Squashfs => "squashfs",
            Self::StuffIt => "stuffit",
            Self::Szdd => "szdd",
            Self::Tar => "tar",
            Self::Tnef => "tnef",
            Self::Udf => "udf",
            Self::Vhd => "vhd",
            Self::Vmdk => "vmdk",
            Self::Wim => "wim",
            Self::Xar => "xar",
            Self::Xz => "xz",
            Self::Zip => "zip",
            Self::Zoo => "zoo",
            Self::Zstd => "zstd",
        }
    }

    /// Tells whether members of such a container are found; any other kind is listed as not opened.
    pub const fn is_opened(self) -> bool {
        matches!(
            self,
            Self::Ar
                | Self::Bzip2
                | Self::Cab
                | Self::Cpio
                | Self::Eml
                | Self::Gzip
                | Self::Iso
                | Self::Lz4
                | Self::Lzma
                | Self::Mbox
                | Self::Msg
                | Self::Ole
                | Self::OneNote
                | Self::Pdf
                | Self::Program
                | Self::Rpm
                | Self::Rtf
                | Self::SevenZip
                | Self::Tar
                | Self::Tnef
                | Self::Xz
                | Self::Zip
                | Self::Zstd
        )
    }

    /// Tells whether it is one compressed stream: it has one member, which can be read from the front to the end.
    pub const fn is_compressed_stream(self) -> bool {
        matches!(
            self,
            Self::Bzip2 | Self::Gzip | Self::Lz4 | Self::Lzma | Self::Xz | Self::Zstd
        )
    }

    /// Tells whether its members can be read from the front to the end without seeking.
    pub(crate) const fn is_streamed(self) -> bool {
        self.is_compressed_stream() || matches!(self, Self::Ar | Self::Cpio | Self::Rpm | Self::Tar)
    }
}

impl fmt::Display for Kind {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(self.name())
    }
}

#[cfg(test)]
mod tests {
    use super::Kind;

    #[test]
    fn the_list_of_all_kinds_has_each_in_its_place_to_the_last() {
        for (place, kind) in Kind::ALL.into_iter().enumerate() {
            assert_eq!(kind as usize, place, "{kind}");
        }
        assert_eq!(Kind::ALL.len(), Kind::Zstd as usize + 1);
    }
}
