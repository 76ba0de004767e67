use serde::Serialize;
use std::ops::ControlFlow;
use std::sync::Mutex;
use std::sync::PoisonError;
use std::sync::atomic::{AtomicBool, Ordering};
use std::time::{Duration, Instant};
use tokio::sync::watch;
use utoipa::ToSchema;

/// One job.
pub(crate) struct Job {
    pub(crate) id: u64,
    status: watch::Sender<Status>,
    is_cancelled: AtomicBool,
    last_told: Mutex<Option<Instant>>,
}

/// How far a job is.
#[derive(Debug, Clone, PartialEq, Serialize, ToSchema)]
pub(crate) struct Status {
    pub(crate) id: u64,
    /// `import`, `delete`, `profile`, `outliers`, `clusters`, `beacons`, `training`, `sessions`.
    pub(crate) kind: &'static str,
    /// What it is about, for people.
    pub(crate) title: String,
    pub(crate) phase: Phase,
    /// What it is busy with.
    pub(crate) stage: String,
    /// How much of this stage is done.
    pub(crate) done: u64,
    /// What `done` will be at the end of the stage; 0 if that is not known.
    pub(crate) total: u64,
    /// What `done` counts: `bytes`, `steps` or `rows`.
    pub(crate) unit: &'static str,
    /// Rows seen in this stage.
    pub(crate) n_rows: u64,
    /// What came out of it, or why it failed.
    pub(crate) message: Option<String>,
    /// The page that shows what came out.
    pub(crate) page: Option<String>,
    /// The number of the run it saved.
    pub(crate) run: Option<i64>,
    /// Epoch, loss and validation score of a training: of every epoch, or where they are many, of equally many.
    #[serde(skip_serializing_if = "Vec::is_empty")]
    pub(crate) curve: Vec<(u64, f64, Option<f64>)>,
}

/// Where a job is in its life.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, ToSchema)]
#[serde(rename_all = "lowercase")]
pub(crate) enum Phase {
    Waiting,
    Running,
    Done,
    Failed,
    Cancelled,
}

impl Phase {
    pub(crate) fn is_over(self) -> bool {
        matches!(self, Self::Done | Self::Failed | Self::Cancelled)
    }

    pub(crate) fn name(self) -> &'static str {
        match self {
            Self::Waiting => "waiting",
            Self::Running => "running",
            Self::Done => "done",
            Self::Failed => "failed",
            Self::Cancelled => "cancelled",
        }
    }
}

impl Job {
    pub(super) fn new(id: u64, kind: &'static str, title: String) -> Self {
        let status = Status {
            id,
            kind,
            title,
            phase: Phase::Waiting,
            stage: "waiting for a free place".to_owned(),
            done: 0,
            total: 0,
            unit: "steps",
            n_rows: 0,
            message: None,
            page: None,
            run: None,
            curve: Vec::new(),
        };
        Self {
            id,
            status: watch::Sender::new(status),
            is_cancelled: AtomicBool::new(false),
            last_told: Mutex::new(None),
        }
    }

    pub(crate) fn status(&self) -> Status {
        self.status.borrow().clone()
    }

    /// The status now and whenever it changes.
    pub(crate) fn watch(&self) -> watch::Receiver<Status> {
        let mut receiver = self.status.subscribe();
        receiver.mark_changed();
        receiver
    }

    pub(super) fn change(&self, change: impl FnOnce(&mut Status)) {
        self.status.send_modify(change);
    }

    /// Notes an epoch; the next change tells of it.
    pub(crate) fn note_epoch(&self, epoch: u64, loss: f64, validation_score: Option<f64>) {
        const MOST: u64 = 500;
        let step = (epoch / MOST + 1).next_power_of_two();
        self.status.send_if_modified(|status| {
            if epoch.is_multiple_of(step) {
                status.curve.push((epoch, loss, validation_score));
            }
            if status.curve.len() as u64 > MOST {
                status.curve.retain(|(epoch, ..)| epoch.is_multiple_of(step));
            }
            false
        });
    }

    /// Tells how far it is, but not so often that telling costs; the answer says whether to go on.
    pub(crate) fn tell(&self, change: impl FnOnce(&mut Status)) -> ControlFlow<()> {
        const OFTEN: Duration = Duration::from_millis(100);
        let mut last = self.last_told.lock().unwrap_or_else(PoisonError::into_inner);
        if last.is_none_or(|last| last.elapsed() >= OFTEN) {
            *last = Some(Instant::now());
            self.change(change);
        }
        if self.is_cancelled() { ControlFlow::Break(()) } else { ControlFlow::Continue(()) }
    }

    pub(crate) fn cancel(&self) {
        self.is_cancelled.store(true, Ordering::Relaxed);
        self.change(|status| {
            if !status.phase.is_over() {
                "stopping".clone_into(&mut status.stage);
            }
        });
    }

    pub(crate) fn is_cancelled(&self) -> bool {
        self.is_cancelled.load(Ordering::Relaxed)
    }
}
