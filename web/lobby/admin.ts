import { HttpError } from "tickroom";
import { rememberAdminToken } from "../common/admin-token";
import { byId } from "../common/dom";

/** Asks for the admin token until `attempt` takes it or the person gives up. */
export async function askForAdminToken(attempt: (token: string) => Promise<void>): Promise<void> {
  const dialog = byId("admin") as HTMLDialogElement;
  const field = byId("admin-token") as HTMLInputElement;
  const problem = byId("admin-problem");
  problem.textContent = "";
  field.value = "";
  byId("admin-cancel").onclick = () => dialog.close();
  dialog.onsubmit = async (event) => {
    event.preventDefault();
    try {
      await attempt(field.value.trim());
      rememberAdminToken(field.value.trim());
      dialog.close();
    } catch (error) {
      if (!(error instanceof HttpError)) throw error;
      problem.textContent = error.message;
    }
  };
  dialog.showModal();
  await new Promise((closed) => dialog.addEventListener("close", closed, { once: true }));
}
