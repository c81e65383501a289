//! Documents that carry files: PDF, RTF, OLE, `OneNote`.

mod ole;
mod onenote;
mod pdf;
mod rtf;

/// An OLE 1 package of a file, as `packager.dll` writes it.
fn package(label: &str, content: &[u8]) -> Vec<u8> {
    let length = u32::try_from(content.len()).unwrap();
    [
        &[2, 0][..],
        label.as_bytes(),
        b"\0C:\\Users\\a\\from.exe\0\0\0\x03\0",
        &8_u32.to_le_bytes(),
        b"C:\\to.x\0",
        &length.to_le_bytes(),
        content,
    ]
    .concat()
}

/// The stream that holds a package in a compound file.
fn native_stream(label: &str, content: &[u8]) -> Vec<u8> {
    let package = package(label, content);
    let length = u32::try_from(package.len()).unwrap();
    [&length.to_le_bytes()[..], &package].concat()
}

fn deflated(content: &[u8]) -> Vec<u8> {
    use std::io::Write;

    let mut encoder = flate2::write::ZlibEncoder::new(Vec::new(), flate2::Compression::default());
    encoder.write_all(content).unwrap();
    encoder.finish().unwrap()
}
