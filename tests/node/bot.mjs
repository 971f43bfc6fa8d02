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

const plain = (text) => ({ type: "plain_text", text });

app.shortcut("deploy", async ({ shortcut, ack, client }) => {
  await ack();
  await client.views.open({
    trigger_id: shortcut.trigger_id,
    view: {
      type: "modal",
      callback_id: "deploy",
      title: plain("Deploy"),
      submit: plain("Deploy"),
      blocks: [
        {
          type: "input",
          block_id: "commit",
          dispatch_action: true,
          label: plain("Commit"),
          element: {
            type: "static_select",
            action_id: "commit",
            options: [{ text: plain("3f2a1b9 Round VAT per line"), value: "3f2a1b9" }],
          },
        },
      ],
    },
  });
});

app.action("commit", async ({ ack, body, action, client }) => {
  await ack();
  const { title, submit, blocks, callback_id } = body.view;
  const line = { type: "section", block_id: "line", text: plain(`deploy ${action.selected_option.value}`) };
  const view = { type: "modal", callback_id, title, submit, blocks: [...blocks, line] };
  await client.views.update({ view_id: body.view.id, hash: body.view.hash, view });
});

app.view("deploy", async ({ ack, view, body, client }) => {
  const { value } = view.state.values.commit.commit.selected_option;
  if (!view.blocks.some((block) => block.block_id === "line")) {
    await ack({ response_action: "errors", errors: { commit: "too early" } });
    return;
  }
  await ack();
  await client.chat.postMessage({ channel: body.user.id, text: `Deploying ${value}` });
});

app.shortcut({ type: "message_action", callback_id: "where" }, async ({ shortcut, ack, respond }) => {
  await ack();
  await respond(`${shortcut.message.text} (${shortcut.channel.id})`);
});

process.on("SIGTERM", async () => {
  await app.stop();
  process.exit(0);
});

await app.start();
