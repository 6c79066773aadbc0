// Tells the timeline which edits the store holds, sooner than the picture made anew can.
export default function ({ data }) {
  window.dispatchEvent(new CustomEvent("motionward:stored", { detail: data }));
}
