// A bot on Slack's Bolt for Node, in Socket Mode, for the Slack stand-in to serve.
import bolt from "@slack/bolt";

const app = new bolt.App({
  token: process.env.FISK_SLACK_BOT_TOKEN,
  appToken: process.env.FISK_SLACK_APP_TOKEN,
  socketMode: true,
  logLevel: bolt.LogLevel.ERROR,
  clientOptions: { slackApiUrl: process.env.FISK_SLACK_API_URL },
});

const announcement = (text) => [
  { type: "section", text: { type: "mrkdwn", text } },
  {
    type: "actions",
    elements: [
      { type: "button", action_id: "cancel", value: "d-1", text: { type: "plain_text", text: "Cancel" } },
    ],
  },
];

app.command("/fisk", async ({ command, ack, client }) => {
  await ack(`looking at ${command.text}`);
  const text = `Deploying ${command.text}`;
  const posted = await client.chat.postMessage({
    channel: command.channel_id,
    text,
    blocks: announcement(text),
  });
  await client.chat.update({
    channel: posted.channel,
    ts: posted.ts,
    text: `${text}: pulling`,
    blocks: announcement(`${text}: pulling`),
  });
});

app.action("cancel", async ({ ack, body, action, client, respond }) => {
  await ack();
  await client.chat.update({ channel: body.channel.id, ts: body.message.ts, text: `Cancelled ${action.value}` });
  await respond({ text: "it stays as it was", response_type: "ephemeral" });
});

app.event("app_mention", async ({ event, say }) => {
  await say({ text: `<@${event.user}> all is well`, thread_ts: event.thread_ts ?? event.ts });
});

process.on("SIGTERM", async () => {
  await app.stop();
  process.exit(0);
});

await app.start();
