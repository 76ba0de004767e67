// The page allows no style but those of its own files. What plotly says in style attributes goes the way that is allowed.
'use strict';
{
  const { setAttribute } = Element.prototype;
  Element.prototype.setAttribute = function set(name, value) {
    if (name === 'style' && this.style) this.style.cssText = value;
    else setAttribute.call(this, name, value);
  };
}
