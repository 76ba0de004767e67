//! Small logs.

const CONN: &str = "#separator \\x09\n#set_separator\t,\n#empty_field\t(empty)\n#unset_field\t-\n#path\tconn\n\
    #fields\tts\tuid\tid.orig_h\tid.orig_p\tid.resp_h\tid.resp_p\tproto\tservice\tduration\torig_bytes\tresp_bytes\t\
    conn_state\torig_pkts\tresp_pkts\n\
    #types\ttime\tstring\taddr\tport\taddr\tport\tenum\tstring\tinterval\tcount\tcount\tstring\tcount\tcount\n";

/// The uid of the one session that is not like the others.
pub(crate) const ODD: &str = "CODDONE";

/// Ordinary sessions, an odd one, and one row that cannot be read.
pub(crate) fn conn(n_rows: u64) -> String {
    let ordinary = (0..n_rows).map(|i| {
        let (ts, bytes) = (1_700_000_000 + i, 100 + i * 7919 % 211);
        let (service, port) = if i % 3 == 0 { ("dns", 53) } else { ("ssl", 443) };
        format!("{ts}.5\tC{i:05}\t10.0.0.{}\t{}\t192.0.2.{}\t{port}\ttcp\t{service}\t{}.25\t{bytes}\t{}\tSF\t{}\t{}\n",
            i % 9 + 1, 40000 + i, i % 5 + 1, i % 4, bytes * 3, 2 + i % 5, 3 + i % 7)
    });
    let odd = format!(
        "1700000500.5\t{ODD}\t10.0.0.9\t51515\t203.0.113.66\t4444\ttcp\t-\t32400.5\t8000000000\t120000\tS1\t6000000\t3000000\n"
    );
    let broken =
        "1700000600.5\tCBROKEN\t10.0.0.1\tninety\t192.0.2.1\t53\tudp\tdns\t0.1\t1\t1\tSF\t1\t1\n".to_owned();
    CONN.to_owned() + &ordinary.chain([odd, broken]).collect::<String>()
}

/// Values that would act if they were not escaped: as HTML, in a terminal, on the order of text.
pub(crate) fn hostile_http() -> String {
    let header = "#separator \\x09\n#set_separator\t,\n#empty_field\t(empty)\n#unset_field\t-\n#path\thttp\n\
        #fields\tts\tuid\tid.orig_h\tid.orig_p\tid.resp_h\tid.resp_p\tmethod\thost\turi\tuser_agent\n\
        #types\ttime\tstring\taddr\tport\taddr\tport\tstring\tstring\tstring\tstring\n";
    let row = "1700000000.5\tCHTTP1\t10.0.0.1\t50000\t192.0.2.1\t80\tGET\t<script>alert(1)</script>\t\
        /\"><img src=x onerror=alert(2)>\tMozilla\u{1b}[2J\u{202e}moc.live\n";
    format!("{header}{row}")
}

const HTTP: &str = "#separator \\x09\n#set_separator\t,\n#empty_field\t(empty)\n#unset_field\t-\n#path\thttp\n\
    #fields\tts\tuid\tid.orig_h\tid.orig_p\tid.resp_h\tid.resp_p\ttrans_depth\tmethod\thost\turi\tuser_agent\t\
    request_body_len\tresponse_body_len\tstatus_code\n\
    #types\ttime\tstring\taddr\tport\taddr\tport\tcount\tstring\tstring\tstring\tstring\tcount\tcount\tcount\n";

/// Requests of some people, at odd times, and of something that calls home every ten minutes or so; its `uid`s start with `B`.
pub(crate) fn http(n_rows: u64) -> String {
    let people = (0..n_rows).map(|i| {
        let (ts, wobble) = (1_700_000_000 + i * 301 + i * i * 7919 % 9973, i * 104_729 % 997);
        let start =
            format!("{ts}.5\tP{i:05}\t10.0.0.{}\t{}\t192.0.2.{}\t80\t1", i % 3 + 1, 40000 + i, i % 4 + 1);
        format!(
            "{start}\tGET\twww{}.example\t/p/{wobble}\tMozilla/5.0\t0\t{}\t200\n",
            i % 4,
            500 + wobble * 17
        )
    });
    let beacon = (0..n_rows / 2).map(|i| {
        let start = format!(
            "{}.25\tB{i:05}\t10.0.0.9\t{}\t203.0.113.7\t80\t1",
            1_700_000_000 + i * 600 + i * 7919 % 60,
            50000 + i
        );
        format!("{start}\tPOST\tq7.example.net\t/a?x=1\tMozilla/4.0\t64\t32\t200\n")
    });
    let mut rows: Vec<_> = people.chain(beacon).collect();
    rows.sort();
    HTTP.to_owned() + &rows.concat()
}
