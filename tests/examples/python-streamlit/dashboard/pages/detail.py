import streamlit as st

st.write("detail")
