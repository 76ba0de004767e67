//! Parameters from what a form, an address or an object says, under scikit-learn's names.

use crate::failure::Failure;
use crate::fields::Fields;
use bro_analysis::{ClustersParams, OutliersParams};
use bro_features::FeatureSelection;
use bro_report::AxisScale;
use serde_json::Value;

/// Most sessions of a run that are described unless more are asked for.
const LIMIT: usize = 10_000;

pub(crate) fn outliers(fields: &Fields) -> Result<OutliersParams, Failure> {
    let default = OutliersParams::default();
    let params = OutliersParams {
        n_clusters: fields.number_or("n_clusters", default.n_clusters)?,
        n_components: fields.number_or("n_components", default.n_components)?,
        n_init: fields.number_or("n_init", default.n_init)?,
        max_iter: fields.number_or("max_iter", default.max_iter)?,
        tol: fields.number_or("tol", default.tol)?,
        seed: fields.number_or("seed", default.seed)?,
        features: features(fields).unwrap_or(default.features),
        sample: fields.number("sample")?,
        sample_by: default.sample_by,
        smallest: fields.number_or("smallest", default.smallest)?,
        limit: fields.number_or("limit", LIMIT)?,
    };
    params.validate()?;
    Ok(params)
}

pub(crate) fn clusters(fields: &Fields) -> Result<ClustersParams, Failure> {
    let default = ClustersParams::default();
    let axis = |name: &str| fields.text(name).map(str::to_owned);
    let params = ClustersParams {
        eps: fields.number("eps")?,
        min_samples: fields.number_or("min_samples", default.min_samples)?,
        features: features(fields).unwrap_or(default.features),
        x: axis("x").or(default.x),
        y: axis("y").or(default.y),
        seed: fields.number_or("seed", default.seed)?,
        sample: fields.number("sample")?,
        sample_by: default.sample_by,
        limit: fields.number_or("limit", LIMIT)?,
    };
    params.validate()?;
    Ok(params)
}

/// How the axes of the plane are divided: `x_scale` and `y_scale`, `linear` or `log`.
pub(crate) fn scales(fields: &Fields) -> Result<[AxisScale; 2], Failure> {
    let scale = |name: &str| match fields.text(name) {
        None | Some("linear") => Ok(AxisScale::Linear),
        Some("log") => Ok(AxisScale::Log),
        Some(other) => Err(Failure::usage(format!("{name} is {other:?}, expected linear or log"))),
    };
    Ok([scale("x_scale")?, scale("y_scale")?])
}

fn features(fields: &Fields) -> Option<FeatureSelection> {
    fields.text("features").map(|names| names.parse().unwrap_or_default())
}

/// The fields that ask for a saved run again. Not every run is of a dataset; that field is then missing.
pub(crate) fn again(params: &str, seed: u64) -> Fields {
    let mut fields = Fields::of_json(params.as_bytes()).unwrap_or_default();
    fields.set("seed", seed);
    fields
}

/// The parameters of a run with what a page adds to them, as they are saved.
pub(crate) fn with_fields(params: &str, fields: &Fields, names: &[&str]) -> String {
    let Ok(Value::Object(mut object)) = serde_json::from_str(params) else { return params.to_owned() };
    for name in names {
        if let Some(value) = fields.text(name) {
            object.insert((*name).to_owned(), value.into());
        }
    }
    Value::Object(object).to_string()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_saved_run_can_be_asked_for_again() {
        let fields =
            Fields::of_form(b"dataset=january&eps=0.5&features=ln_duration,service&x_scale=log&seed=7");
        let params = clusters(&fields).unwrap();
        let json = bro_report::clusters_params_json(&params).unwrap();
        let saved = with_fields(&json, &fields, &["dataset", "x_scale"]);
        let again = again(&saved, params.seed);
        assert_eq!(clusters(&again).unwrap(), params);
        assert_eq!((again.text("dataset"), again.text("x_scale")), (Some("january"), Some("log")));
    }

    #[test]
    fn limits_are_told_as_the_analysis_tells_them() {
        let message = |text: &[u8]| outliers(&Fields::of_form(text)).unwrap_err().message;
        assert_eq!(message(b"n_clusters=3"), "smallest is 3, expected less than n_clusters, which is 3");
        assert!(message(b"max_iter=-1").contains("max_iter"));
        assert!(scales(&Fields::of_form(b"x_scale=cubic")).is_err());
    }
}
