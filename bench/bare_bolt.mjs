// The rival: Bolt for Node in Socket Mode, with a listener that only acknowledges.
// node bare_bolt.mjs FOLDER, where FOLDER has @slack/bolt in its node_modules.
import { createRequire } from "node:module";

const bolt = createRequire(`${process.argv[2]}/`)("@slack/bolt");

const app = new bolt.App({
  token: process.env.FISK_SLACK_BOT_TOKEN,
  appToken: process.env.FISK_SLACK_APP_TOKEN,
  socketMode: true,
  logLevel: bolt.LogLevel.ERROR,
  clientOptions: { slackApiUrl: process.env.FISK_SLACK_API_URL },
});

app.command("/fisk", async ({ ack }) => {
  await ack();
});

process.on("SIGTERM", () => process.exit(0));

await app.start();
