import { tellHalf } from "./tell-seeds.ts";

// A file of its own, so that two workers share the time.
tellHalf(2);
