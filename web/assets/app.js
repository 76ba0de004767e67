// What every page does: ask before something is lost.
'use strict';
for (const form of document.querySelectorAll('form[data-confirm]')) {
  form.addEventListener('submit', (event) => {
    if (!window.confirm(form.dataset.confirm)) event.preventDefault();
  });
}
// A theme is chosen without leaving this page, whatever its scripts made of its address.
document.querySelector('form.theme')?.addEventListener('submit', (event) => {
  event.target.elements.here.value = window.location.pathname + window.location.search;
});
// A question is asked once, however often the button is pressed; coming back by history asks anew.
for (const form of document.querySelectorAll('form[method=post]')) {
  form.addEventListener('submit', (event) => {
    if (event.defaultPrevented) return;
    if (form.dataset.sent) event.preventDefault();
    form.dataset.sent = 'yes';
  });
}
window.addEventListener('pageshow', () => {
  for (const form of document.querySelectorAll('form[data-sent]')) delete form.dataset.sent;
});
