use crate::Error;
use bro_features::{Extractor, FeatureSelection, LogKind, Survey, Unit, WindowFeature};

/// A column of the matrix.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct FeatureColumn {
    /// Its stable name.
    pub name: String,
    /// What stands in it, in one sentence.
    pub definition: String,
    /// What the values are measured in, before any scaling.
    pub unit: Unit,
}

/// The columns asked for: those of single rows, and the places of those of windows.
pub(super) struct Columns {
    pub(super) extractor: Extractor,
    pub(super) windows: Vec<usize>,
    pub(super) described: Vec<FeatureColumn>,
}

impl Columns {
    pub(super) fn new(survey: &Survey, selection: &FeatureSelection) -> Result<Self, Error> {
        let all = WindowFeature::all();
        let (rows, windows) = split(survey.kind(), selection, &all);
        let extractor = match &rows {
            // Only windows were asked for.
            FeatureSelection::Named(names) if names.is_empty() && !windows.is_empty() => {
                Extractor::new(survey, &FeatureSelection::Default)?.keep(&[])
            }
            rows => Extractor::new(survey, rows)?,
        };
        let of_rows = extractor.features().iter().map(|feature| FeatureColumn {
            name: feature.name().to_owned(),
            definition: feature.definition().to_owned(),
            unit: feature.unit(),
        });
        let of_windows = windows.iter().map(|&place| FeatureColumn {
            name: all[place].name.clone(),
            definition: all[place].definition.clone(),
            unit: all[place].unit,
        });
        let described = of_rows.chain(of_windows).collect();
        Ok(Self { extractor, windows, described })
    }
}

/// The names that are no window's, and the places of the windows that are named, alone or by their group.
fn split(
    kind: LogKind,
    selection: &FeatureSelection,
    all: &[WindowFeature],
) -> (FeatureSelection, Vec<usize>) {
    let (FeatureSelection::Named(names), LogKind::Conn) = (selection, kind) else {
        return (selection.clone(), Vec::new());
    };
    let (mut rows, mut places) = (Vec::new(), Vec::new());
    for name in names {
        let matching = all.iter().enumerate().filter(|(_, f)| f.name == *name || f.family == name);
        let matching: Vec<usize> = matching.map(|(place, _)| place).collect();
        if matching.is_empty() {
            rows.push(name.clone());
        }
        places.extend(matching.into_iter().filter(|place| !places.contains(place)).collect::<Vec<_>>());
    }
    (FeatureSelection::Named(rows), places)
}
