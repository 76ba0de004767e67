use crate::args;
use bro_store::{Filter, RunId};

/// The conditions as the store takes them.
pub(super) fn filter(args: &args::Filter) -> Filter {
    Filter {
        from: args.from,
        until: args.until,
        host: args.host,
        orig: args.orig,
        resp: args.resp,
        port: args.port,
        proto: args.proto.clone(),
        service: args.service.clone(),
        conn_state: args.state.clone(),
        uid: args.uid.clone(),
        label: args.label.clone(),
        run: args.finding.map(RunId),
    }
}
