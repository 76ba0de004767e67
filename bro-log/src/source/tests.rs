use std::io::{Read, Write};

use flate2::write::GzEncoder;

use super::{Compression, Source};

const LOG: &[u8] = b"#separator \\x09\n#path\tconn\n";

fn gzip(bytes: &[u8]) -> Vec<u8> {
    let mut encoder = GzEncoder::new(Vec::new(), flate2::Compression::fast());
    encoder.write_all(bytes).unwrap();
    encoder.finish().unwrap()
}

fn check(stored: &[u8], compression: Compression) {
    let n_bytes = stored.len() as u64;
    for source in
        [Source::from_bytes("conn.log", stored.to_vec()), Source::from_reader("conn.log", stored).unwrap()]
    {
        assert_eq!((source.compression(), source.n_bytes()), (compression, n_bytes));
        for _pass in 0..2 {
            let mut log = Vec::new();
            source.reader().unwrap().read_to_end(&mut log).unwrap();
            assert_eq!(log, LOG);
        }
    }
}

#[test]
fn compression_is_told_from_the_first_bytes() {
    check(LOG, Compression::None);
    check(&gzip(LOG), Compression::Gzip);
    check(&[gzip(&LOG[..9]), gzip(&LOG[9..])].concat(), Compression::Gzip);
    let frame = |bytes| zstd::encode_all(bytes, 1).unwrap();
    check(&[frame(&LOG[..9]), frame(&LOG[9..])].concat(), Compression::Zstd);
    let skippable = [0x50, 0x2a, 0x4d, 0x18, 1, 0, 0, 0, 7];
    check(&[skippable.to_vec(), frame(LOG)].concat(), Compression::Zstd);
}

#[test]
fn a_file_that_grows_keeps_its_first_length() {
    let mut file = tempfile::NamedTempFile::new().unwrap();
    file.write_all(LOG).unwrap();
    let source = Source::open(file.path()).unwrap();
    file.write_all(b"more").unwrap();
    let mut log = Vec::new();
    source.reader().unwrap().read_to_end(&mut log).unwrap();
    assert_eq!(log, LOG);
}

#[test]
fn a_file_that_is_absent_is_an_error_that_names_it() {
    let error = Source::open("absent/conn.log").unwrap_err();
    assert!(error.to_string().contains("absent/conn.log"), "{error}");
}
