// The shop's panel: open while the server says that the player stands at the shop; prices and trades are the server's.

import { element } from "./elements.js";

export class Shop {
  constructor(context, sheets) {
    this.context = context;
    this.sheets = sheets;
    this.isOpen = false;
    this.panel = element("section", "village-shop");
    this.panel.id = "shop";
    this.panel.setAttribute("aria-label", "Shop");
    this.panel.hidden = true;
    this.lists = element("div", "village-lists");
    this.message = element("p", "village-message");
    this.message.setAttribute("role", "status");
    this.panel.append(element("h2", "", "The shop"), this.message, this.lists);
    context.page.append(this.panel);
  }

  frame({ own }) {
    const isThere = own?.components.Customer?.at_shop ?? false;
    if (isThere === this.isOpen) return;
    this.isOpen = isThere;
    this.panel.hidden = !isThere;
    if (isThere) this.ask();
  }

  async ask() {
    this.say("");
    try {
      const { sells, buys } = await this.context.call("goods");
      this.lists.replaceChildren(this.list("Buy", "buy", sells), this.list("Sell", "sell", buys));
    } catch (error) {
      this.say(error.message);
    }
  }

  list(title, verb, prices) {
    const list = element("div", "village-list");
    list.append(element("h3", "", title));
    for (const [what, price] of Object.entries(prices)) {
      const button = element("button", "village-trade");
      button.type = "button";
      button.id = `${verb}-${what}`;
      button.append(this.sheets.icon(what), element("span", "", what), element("span", "village-price", `${price} gold`));
      button.addEventListener("click", (event) => {
        if (event.detail > 0) button.blur(); // who has clicked walks on: the next Space or Enter is not for the button
        this.trade(verb, what);
      });
      list.append(button);
    }
    return list;
  }

  async trade(verb, what) {
    try {
      const receipt = await this.context.call(verb, { what });
      this.say(`${verb === "buy" ? "Bought" : "Sold"}: ${receipt.what}. You have ${receipt.gold} gold.`);
    } catch (error) {
      this.say(error.message);
    }
  }

  say(text) {
    this.message.textContent = text;
  }
}
