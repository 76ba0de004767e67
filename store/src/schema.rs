//! The tables, as the migrations make them.

diesel::table! {
    runs (id) {
        id -> BigInt,
        kind -> Text,
        params -> Text,
        seed -> BigInt,
        version -> Text,
        started_at -> BigInt,
        duration -> BigInt,
        n_records -> BigInt,
        summary -> Text,
    }
}

diesel::table! {
    findings (run_id, rank) {
        run_id -> BigInt,
        rank -> BigInt,
        uid -> Nullable<Text>,
        kind -> Text,
        score -> Double,
        reason -> Text,
        evidence -> Text,
    }
}

diesel::joinable!(findings -> runs (run_id));
diesel::allow_tables_to_appear_in_same_query!(runs, findings);
