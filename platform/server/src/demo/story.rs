//! Ninety days in the life of a reseller, as a list of what happens when.
//!
//! The story is made up beforehand and told afterwards: who wants to know what happened needs to
//! read only this file, and what cannot happen is refused by the use cases when it is told.

use alvara_app::license::change_state::Decision;

use super::dice::Dice;

/// How many days are told.
pub(super) const DAYS: i64 = 90;
/// Minutes after midnight (UTC) around which things happen.
const HOURS: [i64; 5] = [8 * 60, 10 * 60 + 30, 13 * 60, 15 * 60 + 30, 18 * 60];

/// When something happens: day and hour of the day.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub(super) struct Moment {
    day: i64,
    hour: usize,
}

impl Moment {
    fn new(day: i64, hour: i64) -> Self {
        Self {
            day,
            hour: usize::try_from(hour).unwrap_or(0).min(HOURS.len() - 1),
        }
    }

    /// Seconds from the first midnight of the story, not on the hour but about it.
    pub(super) fn seconds(self) -> i64 {
        let about = (self.day * 7 + i64::try_from(self.hour).unwrap_or(0) * 11) % 47;
        let odd = (self.day * 13) % 60;
        self.day * 86_400 + (HOURS[self.hour] + about) * 60 + odd
    }
}

/// What happens. Licenses and machines are numbered in the order of the story.
#[derive(Clone, Debug)]
pub(super) enum Step {
    /// The one who looks after the customer issues a license.
    Issue {
        license: usize,
        policy: &'static str,
        customer: usize,
    },
    /// A program activates.
    Activate { license: usize, machine: usize },
    /// A machine calls.
    Call { machine: usize },
    /// A program asks about a key, without a machine.
    Ask { license: usize },
    /// Somebody decides about a license.
    Decide {
        license: usize,
        decision: Decision,
        reason: &'static str,
    },
    /// A license is renewed by one period.
    Renew { license: usize },
    /// Support blocks a machine.
    Block { machine: usize },
    /// Support lets it run again.
    Unblock { machine: usize },
    /// A person takes the program off a machine.
    Leave { machine: usize },
    /// Renewal keys are made for the stock of the first agent.
    MakeRenewalKeys,
}

/// Keys that the document shows.
struct Shown {
    /// Under which name.
    name: &'static str,
    count: usize,
    policy: &'static str,
    customer: usize,
    /// Between which days they are issued.
    days: (i64, i64),
}

const fn shown(
    name: &'static str,
    count: usize,
    policy: &'static str,
    customer: usize,
    days: (i64, i64),
) -> Shown {
    Shown {
        name,
        count,
        policy,
        customer,
        days,
    }
}

const SHOWN: [Shown; 10] = [
    shown("permanent", 20, "permanent", 0, (1, 88)),
    shown("subscription", 20, "subscription", 0, (30, 88)),
    shown("trial", 5, "trial", 1, (40, 88)),
    shown("seats_5", 5, "seats_5", 1, (10, 88)),
    shown("floating_3", 5, "floating_3", 3, (10, 88)),
    shown("always_online", 5, "always_online", 4, (10, 88)),
    shown("hybrid", 10, "hybrid", 0, (10, 88)),
    shown("expired", 5, "monthly", 0, (5, 45)),
    shown("suspended", 3, "permanent", 2, (10, 60)),
    shown("pending", 3, "approval", 2, (70, 88)),
];

/// Licenses that somebody uses: policy, how many, and machines on each of the first so many.
const LIVED: [(&str, usize, usize, usize); 12] = [
    ("seats_5", 6, 6, 3),
    ("permanent", 20, 8, 1),
    ("subscription", 25, 12, 1),
    ("hybrid", 20, 10, 1),
    ("always_online", 8, 4, 1),
    ("monthly", 10, 4, 1),
    ("trial", 12, 2, 1),
    ("semi_permanent", 8, 2, 1),
    ("temporary", 4, 0, 0),
    ("demo", 2, 0, 0),
    ("named_user", 2, 0, 0),
    ("site", 2, 0, 0),
];

/// The story of one reseller.
#[derive(Debug)]
pub(super) struct Story {
    /// What happens, in the order in which it does.
    pub(super) steps: Vec<(Moment, Step)>,
    /// Which licenses the document shows, by the name under which it does.
    pub(super) shown: Vec<(&'static str, usize)>,
    /// Machines that would lose their seats if they were silent: they call once more when
    /// everything is told.
    pub(super) online: Vec<usize>,
}

impl Story {
    pub(super) fn of(seed: u64) -> Self {
        let mut teller = Teller {
            dice: Dice::new(seed),
            steps: Vec::new(),
            licenses: 0,
            machines: 0,
            online: Vec::new(),
        };
        let mut shown = Vec::new();
        for keys in &SHOWN {
            for _ in 0..keys.count {
                shown.push((keys.name, teller.show(keys)));
            }
        }
        for (policy, count, used, machines) in LIVED {
            for index in 0..count {
                teller.live(policy, if index < used { machines } else { 0 });
            }
        }
        teller.tell(Moment::new(2, 4), Step::MakeRenewalKeys);
        let mut steps = teller.steps;
        steps.sort_by_key(|(moment, _)| *moment);
        Self {
            steps,
            shown,
            online: teller.online,
        }
    }
}

struct Teller {
    dice: Dice,
    steps: Vec<(Moment, Step)>,
    licenses: usize,
    machines: usize,
    online: Vec<usize>,
}

impl Teller {
    fn tell(&mut self, when: Moment, step: Step) {
        self.steps.push((when, step));
    }

    /// A license whose key nobody uses before the reader does.
    fn show(
        &mut self,
        &Shown {
            name,
            policy,
            customer,
            days: (from, until),
            ..
        }: &Shown,
    ) -> usize {
        let license = self.licenses;
        self.licenses += 1;
        let day = self.dice.between(from, until);
        let hour = self.dice.between(0, 3);
        self.tell(
            Moment::new(day, hour),
            Step::Issue {
                license,
                policy,
                customer,
            },
        );
        if name == "suspended" {
            let later = self.dice.between(day + 1, DAYS - 1);
            let reason = "invoice not paid";
            self.tell(
                Moment::new(later, 2),
                Step::Decide {
                    license,
                    decision: Decision::Suspend,
                    reason,
                },
            );
        }
        license
    }

    /// A license with a life of its own.
    fn live(&mut self, policy: &'static str, machines: usize) {
        let license = self.licenses;
        self.licenses += 1;
        let customer = usize::try_from(self.dice.between(0, 5)).unwrap_or(0);
        let latest = if machines > 0 { 65 } else { 88 };
        let issued = self.dice.between(1, latest);
        let hour = self.dice.between(0, 3);
        self.tell(
            Moment::new(issued, hour),
            Step::Issue {
                license,
                policy,
                customer,
            },
        );
        for _ in 0..machines {
            if policy == "always_online" {
                self.online.push(self.machines);
            }
            self.run_machine(license, issued);
        }
        if policy == "monthly" {
            // Most pay every month; who does not is expired by now.
            let mut due = issued + 27;
            while due < DAYS && self.dice.between(0, 5) > 0 {
                self.tell(Moment::new(due, 3), Step::Renew { license });
                due += 30;
            }
        } else if policy == "subscription" && machines > 0 && self.dice.between(0, 4) == 0 {
            let day = self.dice.between(issued + 10, DAYS);
            self.tell(Moment::new(day, 3), Step::Renew { license });
        }
        if machines == 0
            && policy != "monthly"
            && self.dice.between(0, 12) == 0
            && issued < DAYS - 6
        {
            let day = self.dice.between(issued + 1, DAYS - 3);
            let reason = "sold twice by mistake";
            self.tell(
                Moment::new(day, 3),
                Step::Decide {
                    license,
                    decision: Decision::Revoke,
                    reason,
                },
            );
        } else if self.dice.between(0, 9) == 0 && issued < DAYS - 12 {
            let day = self.dice.between(issued + 2, DAYS - 8);
            let back = self.dice.between(day + 1, day + 7);
            self.tell(
                Moment::new(day, 4),
                Step::Decide {
                    license,
                    decision: Decision::Suspend,
                    reason: "chargeback under review",
                },
            );
            self.tell(
                Moment::new(back, 1),
                Step::Decide {
                    license,
                    decision: Decision::Reinstate,
                    reason: "settled",
                },
            );
        }
        for _ in 0..self.dice.between(0, 3) {
            let day = self.dice.between(issued + 1, DAYS);
            self.tell(Moment::new(day, 2), Step::Ask { license });
        }
    }

    /// A machine from its activation until today.
    fn run_machine(&mut self, license: usize, issued: i64) {
        let machine = self.machines;
        self.machines += 1;
        let first = issued + self.dice.between(1, 5);
        self.tell(Moment::new(first, 0), Step::Activate { license, machine });
        // One in ten has not been heard of for weeks, but for those that must always be online.
        let last = if machine % 10 == 9 && !self.online.contains(&machine) {
            self.dice.between(first + 1, DAYS - 16)
        } else {
            DAYS
        };
        let mut day = first + 1;
        while day <= last {
            let hour = self.dice.between(0, 5);
            self.tell(Moment::new(day, hour), Step::Call { machine });
            day += if day > DAYS - 7 {
                1
            } else {
                self.dice.between(2, 5)
            };
        }
        match machine % 20 {
            3 => self.tell(Moment::new(DAYS - 4, 3), Step::Block { machine }),
            8 => {
                self.tell(Moment::new(first + 9, 4), Step::Block { machine });
                self.tell(Moment::new(first + 11, 0), Step::Unblock { machine });
            }
            14 => {
                // The program moves out and comes back to the same machine.
                self.tell(Moment::new(first + 12, 4), Step::Leave { machine });
                self.tell(
                    Moment::new(first + 13, 0),
                    Step::Activate { license, machine },
                );
            }
            _ => {}
        }
    }
}

#[cfg(test)]
mod tests {
    use std::collections::BTreeSet;

    use super::*;

    #[test]
    fn a_story_has_the_promised_size_and_order() {
        // R-OPS-01
        for seed in 1..4 {
            let story = Story::of(seed);
            assert!(story.steps.is_sorted_by_key(|(moment, _)| *moment));
            let (mut issued, mut used, mut machines) =
                (BTreeSet::new(), BTreeSet::new(), BTreeSet::new());
            for (_, step) in &story.steps {
                match step {
                    Step::Issue { license, .. } => assert!(issued.insert(*license)),
                    Step::Activate { license, machine } => {
                        assert!(issued.contains(license));
                        used.insert(*license);
                        machines.insert(*machine);
                    }
                    _ => {}
                }
            }
            assert_eq!((issued.len(), machines.len()), (200, 60));
            assert_eq!(story.online.len(), 4);
            assert!(
                story
                    .online
                    .iter()
                    .all(|machine| machines.contains(machine))
            );
            assert!(
                story
                    .shown
                    .iter()
                    .all(|(_, license)| !used.contains(license))
            );
        }
    }

    #[test]
    fn moments_rise_with_day_and_hour() {
        let mut before = -1;
        for day in 0..=DAYS {
            for hour in 0..5 {
                let seconds = Moment::new(day, hour).seconds();
                assert!(seconds > before, "day {day}, hour {hour}");
                before = seconds;
            }
        }
    }
}
