// What every program with runledger in it pays before it does anything.
import "runledger";
