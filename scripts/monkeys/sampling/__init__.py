"""One model's draws for one shard: store, journal and locks, so that an interrupted job resumes where it stopped."""
