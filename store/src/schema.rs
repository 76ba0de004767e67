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
        severity -> BigInt,
        status -> BigInt,
        orig -> Nullable<Text>,
        resp -> Nullable<Text>,
    }
}

diesel::joinable!(findings -> runs (run_id));
diesel::allow_tables_to_appear_in_same_query!(runs, findings);

diesel::table! {
    datasets (id) {
        id -> BigInt,
        name -> Text,
        created_at -> BigInt,
    }
}

diesel::table! {
    sources (id) {
        id -> BigInt,
        dataset_id -> BigInt,
        name -> Text,
        n_bytes -> BigInt,
        hash -> Binary,
        n_blocks -> BigInt,
        n_rows -> BigInt,
        n_rejected -> BigInt,
        min_ts -> Nullable<BigInt>,
        max_ts -> Nullable<BigInt>,
        state -> BigInt,
        has_tail -> BigInt,
        imported_at -> BigInt,
    }
}

diesel::table! {
    layouts (id) {
        id -> BigInt,
        path -> Nullable<Text>,
        header -> Text,
    }
}

diesel::table! {
    blocks (source_id, block_no) {
        source_id -> BigInt,
        block_no -> BigInt,
        layout_id -> BigInt,
        kind -> BigInt,
        first_row -> BigInt,
        n_rows -> BigInt,
        min_ts -> Nullable<BigInt>,
        max_ts -> Nullable<BigInt>,
    }
}

diesel::table! {
    rejects (source_id, byte) {
        source_id -> BigInt,
        byte -> BigInt,
        line -> BigInt,
        reason -> Text,
        message -> Text,
        raw -> Binary,
        row_no -> BigInt,
        layout_id -> Nullable<BigInt>,
        text -> Nullable<Binary>,
    }
}

diesel::table! {
    labels (id) {
        id -> BigInt,
        dataset_id -> BigInt,
        uid -> Text,
        label -> Text,
        author -> Text,
        source -> Text,
        created_at -> BigInt,
    }
}

diesel::table! {
    feature_runs (id) {
        id -> BigInt,
        dataset_id -> Nullable<BigInt>,
        spec -> Text,
        version -> Text,
        started_at -> BigInt,
        duration -> BigInt,
        n_rows -> BigInt,
        summary -> Text,
    }
}

diesel::table! {
    models (id) {
        id -> BigInt,
        kind -> Text,
        format_version -> BigInt,
        created_at -> BigInt,
        summary -> Text,
        bytes -> Binary,
    }
}

diesel::table! {
    suppressions (id) {
        id -> BigInt,
        kind -> Text,
        rule -> Text,
        reason -> Text,
        author -> Text,
        created_at -> BigInt,
        expires_at -> Nullable<BigInt>,
    }
}

diesel::joinable!(blocks -> layouts (layout_id));
diesel::allow_tables_to_appear_in_same_query!(blocks, layouts, sources, datasets, rejects);
