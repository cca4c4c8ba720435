// Colours the SQL cells of a notebook as PostgreSQL; JupyterLab alone colours them as Python.
//
// JupyterLab loads this file as it is (a "prebuilt" extension): it looks for a container with init() and get() under
// window._JUPYTERLAB, and hands over what it shares. There is nothing to build.
(() => {
  'use strict';

  const POSTGRESQL = 'text/x-pgsql'; // JupyterLab's own name for its PostgreSQL mode
  const SQL_CELL = /^\s*%%(sql|exercise)\b/;
  // An exercise may be answered by a word, as in "b" or "rows: 42".
  const WORD = /^\s*%%exercise[^\n]*\n\s*(\w?|[A-Za-z][\w ,()'-]*:(\s[^\n]*)?)\s*$/;
  const PAUSE_MS = 100;

  let shared;

  function mimeTypeOf(cell, notebook) {
    const source = cell.model.sharedModel.getSource();
    return SQL_CELL.test(source) && !WORD.test(source) ? POSTGRESQL : notebook.codeMimetype;
  }

  function colour(notebook) {
    for (const cell of notebook.widgets) {
      if (cell.model.type !== 'code') continue;
      const wanted = mimeTypeOf(cell, notebook);
      if (cell.model.mimeType !== wanted) cell.model.mimeType = wanted;
    }
  }

  function watch(panel) {
    const notebook = panel.content;
    let waiting;
    const later = () => {
      clearTimeout(waiting);
      waiting = setTimeout(() => notebook.isDisposed || colour(notebook), PAUSE_MS);
    };
    notebook.modelContentChanged.connect(later);
    // JupyterLab gives every cell the kernel's language anew when it learns which that is.
    panel.sessionContext.kernelChanged.connect(later);
    panel.sessionContext.statusChanged.connect(later);
    panel.context.ready.then(later);
  }

  async function plugin() {
    const [notebook] = Object.values(shared['@jupyterlab/notebook']);
    const { INotebookTracker } = (await notebook.get())();
    return {
      id: 'mnemo-sql:plugin',
      description: 'Colours the SQL cells of a notebook as PostgreSQL.',
      autoStart: true,
      requires: [INotebookTracker],
      activate: (app, tracker) => {
        tracker.forEach(watch);
        tracker.widgetAdded.connect((_, panel) => watch(panel));
      },
    };
  }

  window._JUPYTERLAB = window._JUPYTERLAB || {};
  window._JUPYTERLAB['mnemo-sql'] = {
    init: async scope => {
      shared = scope;
    },
    get: async () => {
      const found = await plugin();
      return () => ({ __esModule: true, default: found });
    },
  };
})();
