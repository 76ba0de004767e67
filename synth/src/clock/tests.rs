use super::*;

#[test]
fn offices_sleep_at_night_and_on_sundays() {
    assert!(busyness(10 * HOUR) > 10.0 * busyness(3 * HOUR));
    // 1970-01-04 was a Sunday.
    assert!(busyness(3 * DAY + 10 * HOUR) < 0.2 * busyness(4 * DAY + 10 * HOUR));
}

#[test]
fn a_train_has_as_many_cars_as_it_says() {
    let mut dice = Dice::new(1, 0);
    let mut train = Schedule::Train { start: 5, n: 3, gap: 1.0 };
    let mut at = train.first(0, &mut dice);
    assert_eq!(at, Some(5));
    let mut n = 0;
    while let Some(now) = at {
        n += 1;
        at = train.next(now, &mut dice);
    }
    assert_eq!(n, 3);
}
