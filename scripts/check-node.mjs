// npm scripts run on the `node` development dependency. Where its install script was not allowed to run, say so
// instead of running on whatever the machine has.
const [major, minor] = process.versions.node.split(".").map(Number);
if (major < 22 || (major === 22 && minor < 18)) {
  console.error(
    `runledger needs Node 22.18 or newer to build and test; this is ${process.versions.node}.\n` +
      "The development dependency `node` should have brought one: run `npm install-scripts approve node && npm ci`,\n" +
      "or install a current Node.",
  );
  process.exit(78);
}
