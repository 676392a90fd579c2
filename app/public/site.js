// Comfort only: the site works without this script.
const form = document.querySelector("[data-entry-form]");
const summary = document.getElementById("form-errors");

if (summary) summary.focus();

if (form) {
  const message = form.querySelector("[data-limit]");
  const hint = document.getElementById("message-hint");
  const told = hint.textContent;
  const limit = Number(message.dataset.limit);

  message.addEventListener("input", () => {
    // As the server counts: by code points, without outer spaces.
    const left = limit - [...message.value.trim()].length;
    hint.textContent =
      left < limit / 10 ? `${told} ${left < 0 ? `${-left} too many` : `${left} left`}.` : told;
  });

  form.addEventListener("submit", (event) => {
    if (form.dataset.sent) event.preventDefault();
    form.dataset.sent = "yes";
  });

  // The page may come back from the browser's memory after it was sent.
  addEventListener("pageshow", () => {
    delete form.dataset.sent;
  });
}
