// What fisk sends, in the words of Slack's own types: a JSON schema is made of it.
import type { HomeView, KnownBlock, ModalView } from "@slack/types";

interface Message {
  text: string;
  blocks: KnownBlock[];
}

export type Said = Message | HomeView | ModalView;
