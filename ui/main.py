"""Frame."""

import streamlit as st

st.title("hello")
st.write("x")
