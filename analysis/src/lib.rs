//! The questions one asks of Zeek logs: outliers, clusters, profiles, beacons.
